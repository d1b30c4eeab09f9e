"""Many images through the one inference path into one folder; not one broken image stops it."""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tqdm import tqdm

from textguide.segmenter.preparation import Case
from textguide.segmenter.segmentation import Segmentation
from textguide.segmenter.segmenter import Segmenter
from textguide.writers import RESULTS_NAME, OutputFolder, name_case

_FEW = 5
"""Up to so many cases each get a line on the screen."""


@dataclass(kw_only=True)
class FileCase(Case):
    """One file to segment.

    Attributes:
        image: the file.
        text: the sentence, "" for none.
        side: whose left it means, see `Case`.
        name: of its outputs, without ending.
        text_source: where the sentence comes from: "command", "table", "none", or what a datalist says.
    """

    image: str
    text: str = ""
    name: str
    text_source: str = "none"


def case_of_record(record: dict[str, Any]) -> FileCase:
    """Make a case of a record of `load_datalist`, in the words and the side of its datalist."""
    return FileCase(
        image=record["image"],
        text=record["given_text"],
        side=record["given_side"],
        name=name_case(record["case_id"]),
        text_source=record["text_source"],
    )


def segment_files(
    segmenter: Segmenter,
    cases: Sequence[FileCase],
    output_dir: str | os.PathLike[str],
    batch_size: int = 8,
    overwrite: bool = False,
) -> int:
    """Segment, and write mask, overlay and a line for each case; what went on is printed.

    Args:
        segmenter: what segments.
        cases: whose names differ.
        output_dir: see `OutputFolder`.
        batch_size: pictures in one pass.
        overwrite: do cases again that are finished.

    Returns:
        The number of cases that failed; they are named at the end, and the others are written.

    Raises:
        ValueError: the batch size is below 1.
    """
    folder = OutputFolder(output_dir)
    waiting = [case for case in cases if overwrite or not _is_finished(folder, case, segmenter)]
    if len(waiting) < len(cases):
        done = len(cases) - len(waiting)
        print(f"{done} of {len(cases)} cases are finished already (--overwrite does them again)")
    failures: list[tuple[FileCase, Exception]] = []
    warned = 0
    for case, result in _results(segmenter, waiting, batch_size):
        try:
            if isinstance(result, Exception):
                raise result
            _write(folder, case, result, show=len(waiting) <= _FEW)
            warned += bool(result.warnings)
        except Exception as error:  # a full disk or an unreadable image: named at the end, the others go on
            failures.append((case, error))
    _report(folder, len(cases), warned, failures)
    return len(failures)


def _is_finished(folder: OutputFolder, case: FileCase, segmenter: Segmenter) -> bool:
    bundle = segmenter.bundle.identity
    return folder.finished(case.name, image=case.image, text=case.text, side=case.side, bundle=bundle)


def _results(
    segmenter: Segmenter, cases: Sequence[FileCase], batch_size: int
) -> Iterator[tuple[FileCase, Segmentation | Exception]]:
    """Segment with a progress bar on a terminal; libraries are kept from writing into it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        logging.getLogger("pydicom").setLevel(logging.ERROR)
        results = segmenter.segment_many(cases, batch_size)
        yield from tqdm(zip(cases, results, strict=True), total=len(cases), unit="image", disable=None)


def _write(folder: OutputFolder, case: FileCase, result: Segmentation, show: bool) -> None:
    record: dict[str, Any] = {"text_source": case.text_source, "side": case.side, **result.record()}
    line = folder.write(case.name, result.image, result.mask, result.meta, result.captions, **record)
    if show:
        print(f"{case.name}: {result.understood.line}; expected Dice {result.confidence:.2f}")
        for warning in result.warnings:
            print(f"  warning: {warning}")
        print(f"  {folder.path / line['mask']}, {folder.path / line['overlay']}")


def _report(
    folder: OutputFolder, total: int, warned: int, failures: Sequence[tuple[FileCase, Exception]]
) -> None:
    print(
        f"{total - len(failures)} of {total} segmented: {folder.path} (one line for each in {RESULTS_NAME})"
    )
    if warned:
        print(f"{warned} with warnings, which stand in their lines")
    if failures:
        print(f"{len(failures)} failed:")
    for case, error in failures:
        reason = " ".join(str(error).split()) or type(error).__name__
        print(f"  {case.image}: {reason[:300]}")
