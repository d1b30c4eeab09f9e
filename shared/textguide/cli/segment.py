"""`textguide segment`: images, a folder or a datalist, with the sentences of the command line or a table."""

from __future__ import annotations

from textguide.cli.cases import add_text, add_texts, collect_cases
from textguide.segmenter import Segmenter, segment_files


def run_segment(
    source: str,
    text: str | None,
    texts: str | None,
    bundle: str,
    output: str,
    side: str,
    section: str,
    batch_size: int,
    device: str | None,
    weights: str | None,
    overwrite: bool,
) -> int:
    """Segment everything; the arguments are those of the command.

    Returns:
        The number of cases that failed.

    Raises:
        FileNotFoundError: the source, the table, the bundle or its weights are missing.
        ValueError: an argument that nothing can be done with.
    """
    if text is not None and texts is not None:
        raise ValueError(
            "--text and --texts are both given; one sentence for all, or a table with one for each."
        )
    if batch_size < 1:
        raise ValueError(f"--batch-size is {batch_size}; 1 or more is allowed.")
    cases = collect_cases(source, output, section, side)
    if text is not None:
        add_text(cases, text, side)
    for note in add_texts(cases, texts, side) if texts is not None else []:
        print(f"note: {note}")
    segmenter = Segmenter(bundle, device=device, weights=weights)
    return segment_files(segmenter, cases, output, batch_size, overwrite)
