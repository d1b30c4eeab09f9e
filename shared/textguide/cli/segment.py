"""`textguide segment`: many images through the one inference path, and not one broken image stops it."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from typing import Any

from tqdm import tqdm

from textguide.cli.cases import ImageCase, add_text, add_texts, collect_cases
from textguide.segmenter import Case, Segmentation, Segmenter
from textguide.writers import RESULTS_NAME, OutputFolder

_FEW = 5
"""Up to so many cases each get a line on the screen."""


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
    folder = OutputFolder(output)
    waiting = [case for case in cases if overwrite or not _is_finished(folder, case, segmenter)]
    if len(waiting) < len(cases):
        done = len(cases) - len(waiting)
        print(f"{done} of {len(cases)} cases are finished already (--overwrite does them again)")
    failures: list[tuple[ImageCase, Exception]] = []
    for case, result in _results(segmenter, waiting, batch_size):
        try:
            if isinstance(result, Exception):
                raise result
            _write(folder, case, result, show=len(waiting) <= _FEW)
        except Exception as error:  # a full disk or an unreadable image: named at the end, the others go on
            failures.append((case, error))
    _report(folder, len(cases), failures)
    return len(failures)


def _is_finished(folder: OutputFolder, case: ImageCase, segmenter: Segmenter) -> bool:
    bundle = segmenter.bundle.identity
    return folder.finished(case.name, image=str(case.image), text=case.text, side=case.side, bundle=bundle)


def _results(
    segmenter: Segmenter, cases: list[ImageCase], batch_size: int
) -> Iterator[tuple[ImageCase, Segmentation | Exception]]:
    """Segment with a progress bar on a terminal; libraries are kept from writing into it."""
    inputs = (Case(str(case.image), case.text, case.side) for case in cases)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        logging.getLogger("pydicom").setLevel(logging.ERROR)
        results = segmenter.segment_many(inputs, batch_size)
        yield from tqdm(zip(cases, results, strict=True), total=len(cases), unit="image", disable=None)


def _write(folder: OutputFolder, case: ImageCase, result: Segmentation, show: bool) -> None:
    record: dict[str, Any] = {"text_source": case.text_source, "side": case.side, **result.record()}
    line = folder.write(case.name, result.image, result.mask, result.meta, result.captions, **record)
    if show:
        print(f"{case.name}: {result.understood.line}; expected Dice {result.confidence:.2f}")
        for warning in result.warnings:
            print(f"  warning: {warning}")
        print(f"  {folder.path / line['mask']}, {folder.path / line['overlay']}")


def _report(folder: OutputFolder, total: int, failures: list[tuple[ImageCase, Exception]]) -> None:
    print(
        f"{total - len(failures)} of {total} segmented: {folder.path} (one line for each in {RESULTS_NAME})"
    )
    if failures:
        print(f"{len(failures)} failed:")
    for case, error in failures:
        reason = " ".join(str(error).split()) or type(error).__name__
        print(f"  {case.image}: {reason[:300]}")
