"""`textguide segment`: images, a folder or a datalist, with the sentences of the command line or a table."""

from __future__ import annotations

import os

from textguide.cli.cases import add_text, add_texts, collect_cases
from textguide.segmenter import Segmenter, segment_files


def run_segment(
    source: str | os.PathLike[str],
    text: str | None,
    texts: str | os.PathLike[str] | None,
    bundle: str | os.PathLike[str],
    output: str | os.PathLike[str],
    side: str,
    section: str,
    batch_size: int,
    device: str | None,
    weights: str | os.PathLike[str] | None,
    overwrite: bool,
    explain: bool,
) -> int:
    """Segment everything; the arguments are those of the command.

    Returns:
        The number of cases that failed, and of folders and files that could not be looked into.

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
    found = collect_cases(source, section, side)
    if text is not None:
        add_text(found.cases, text, side)
    if texts is not None:
        found.notes += add_texts(found.cases, texts, side)
    for note in found.notes:
        print(f"note: {note}")
    segmenter = Segmenter(bundle, device=device, weights=weights)
    failed = segment_files(segmenter, found.cases, output, batch_size, overwrite, explain)
    if found.unread:
        print(f"{len(found.unread)} folders or files could not be looked into:")
    for unread in found.unread:
        print(f"  {unread}")
    return failed + len(found.unread)
