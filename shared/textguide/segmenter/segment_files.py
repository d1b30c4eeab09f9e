"""Many images through the one inference path into one folder; not one broken image stops it."""

from __future__ import annotations

import logging
import os
import sys
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tqdm import tqdm

from textguide.segmenter.explanation import Explanation
from textguide.segmenter.preparation import Case
from textguide.segmenter.segmentation import Segmentation
from textguide.segmenter.segmenter import Segmenter
from textguide.writers import RESULTS_NAME, OutputFolder, name_case

_FEW = 5
"""Up to so many cases each get a line on the screen."""
_SHOWN = ("mask", "overlay", "report", "words")
"""Files that this line names."""


@dataclass(kw_only=True)
class FileCase(Case):
    """One file to segment.

    Attributes:
        image: the file.
        text: the sentence, "" for none.
        side: whose left it means, see `Case`.
        name: of its outputs, without ending.
        text_source: where the sentence comes from: "command", "table", "none", or what a datalist says.
        case_id: what a datalist calls it, "" outside of one.
    """

    image: str
    text: str = ""
    name: str
    text_source: str = "none"
    case_id: str = ""


def case_of_record(record: dict[str, Any]) -> FileCase:
    """Make a case of a record of `load_datalist`, in the words and the side of its datalist."""
    return FileCase(
        image=record["image"],
        text=record["given_text"],
        side=record["given_side"],
        name=name_case(record["case_id"]),
        text_source=record["text_source"],
        case_id=record["case_id"],
    )


def segment_files(
    segmenter: Segmenter,
    cases: Sequence[FileCase],
    output_dir: str | os.PathLike[str],
    batch_size: int = 8,
    overwrite: bool = False,
    explain: bool = False,
) -> int:
    """Segment, and write mask, overlay and a line for each case; what went on is printed.

    A network that writes also gives each case its report, `NAME.json`, see `report_of`.

    Args:
        segmenter: what segments.
        cases: whose names differ.
        output_dir: see `OutputFolder`.
        batch_size: pictures in one pass.
        overwrite: do cases again that are finished.
        explain: also write what the network looked at, see `Segmenter.explain`.

    Returns:
        The number of cases that failed; they are named at the end, and the others are written.

    Raises:
        OSError: the folder cannot be made.
        ValueError: the batch size is below 1; two cases would share their outputs, or an output would
            overwrite what is no result; another run writes into the folder; the network explains nothing.
            Nothing is written then.
    """
    if explain and not segmenter.explains:
        raise ValueError(f"the network of '{segmenter.bundle.name}' cannot show what it looked at.")
    _require_own_names(cases)
    folder = OutputFolder(output_dir)
    folder.require_room({case.name: case.image for case in cases}, reports=segmenter.writes_text)
    with folder:
        return _segment_into(folder, segmenter, cases, batch_size, overwrite, explain)


def _require_own_names(cases: Sequence[FileCase]) -> None:
    """Some file systems do not tell upper from lower case, so names that differ in it alone are one."""
    first: dict[str, FileCase] = {}
    for case in cases:
        other = first.setdefault(case.name.casefold(), case)
        if other is not case:
            pair = " and ".join(f"{one.case_id or one.name!r} ('{one.image}')" for one in (other, case))
            raise ValueError(
                f"the cases {pair} would both be written as '{case.name}'; give one of them another case_id."
            )


def _segment_into(
    folder: OutputFolder,
    segmenter: Segmenter,
    cases: Sequence[FileCase],
    batch_size: int,
    overwrite: bool,
    explain: bool,
) -> int:
    # What is told of a file is from before it is read: one that changes in between is done again next time.
    origins = {case.name: _origin(case, segmenter) for case in cases}
    waiting = [
        case
        for case in cases
        if overwrite or not folder.finished(case.name, explain, image=case.image, **origins[case.name])
    ]
    if len(waiting) < len(cases):
        done = len(cases) - len(waiting)
        _say(f"{done} of {len(cases)} cases are finished already (--overwrite does them again)")
    folder.forget(case.name for case in waiting)
    failures: list[tuple[FileCase, Exception]] = []
    warned = 0
    for case, result in _results(segmenter, waiting, batch_size):
        try:
            if isinstance(result, Exception):
                raise result
            record = {**result.record(), **origins[case.name], "text_source": case.text_source}
            shown = segmenter.explain(case.image, case.text, case.side) if explain else None
            line = folder.write(
                case.name,
                result.image,
                result.mask,
                result.meta,
                result.captions,
                maps=None if shown is None else shown.maps,
                words=None if shown is None else shown.picture(result.understood),
                report=report_of(result, shown, case=case.name, image=case.image),
                **record,
            )
        except Exception as error:  # a full disk or an unreadable image: named at the end, the others go on
            failures.append((case, error))
            continue
        warned += bool(result.warnings)
        if len(waiting) <= _FEW:
            _show(folder, line, result)
    _report(folder, len(cases), warned, failures)
    return len(failures)


def _origin(case: FileCase, segmenter: Segmenter) -> dict[str, Any]:
    """Return what a result is made of: where all of it is the same, there is nothing to do again."""
    try:
        status = os.stat(case.image)
        file = {"bytes": status.st_size, "mtime_ns": status.st_mtime_ns}
    except (OSError, ValueError):  # reading it will say why
        file = None
    return {"file": file, "text": case.text, "side": case.side, "bundle": segmenter.bundle.identity}


def _results(
    segmenter: Segmenter, cases: Sequence[FileCase], batch_size: int
) -> Iterator[tuple[FileCase, Segmentation | Exception]]:
    """Segment with a progress bar on a terminal; libraries are kept from writing into it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        logging.getLogger("pydicom").setLevel(logging.ERROR)
        results = segmenter.segment_many(cases, batch_size)
        yield from tqdm(zip(cases, results, strict=True), total=len(cases), unit="image", disable=None)


def report_of(result: Segmentation, shown: Explanation | None = None, **origin: str) -> dict[str, Any] | None:
    """Return what the report file of a case says; None where the network writes nothing.

    The sentence that the mask follows, in the side of the case, and as the network reads it (`read`), in the
    bundle's; whose it is (`source`); what the network itself wrote or would have written (`written`); and,
    where it was asked, which words and which queries of the detector drew its attention.

    Args:
        result: of the case.
        shown: what the network looked at, if that was asked.
        **origin: what else it says, such as the name of the case.
    """
    if result.report is None:
        return None
    understood = result.understood
    return {
        **origin,
        "sentence": understood.written or (result.text if understood.source == "typed" else ""),
        "source": understood.source,
        "read": understood.read,
        "given": result.text,
        "understood": understood.line,
        "written": result.report.record(),
        "confidence": round(result.confidence, 4),
        "warnings": list(result.warnings),
        **({} if shown is None else {"explained": shown.record()}),
        "bundle": result.bundle,
    }


def _show(folder: OutputFolder, line: dict[str, Any], result: Segmentation) -> None:
    _say(f"{line['case']}: {result.understood.line}; expected Dice {result.confidence:.2f}")
    if result.own_line:
        _say(f"  {result.own_line}")
    for warning in result.warnings:
        _say(f"  warning: {warning}")
    _say("  " + ", ".join(str(folder.path / line[key]) for key in _SHOWN if key in line))


def _report(
    folder: OutputFolder, total: int, warned: int, failures: Sequence[tuple[FileCase, Exception]]
) -> None:
    where = f" (one line for each in {RESULTS_NAME})" if len(failures) < total else ""
    _say(f"{total - len(failures)} of {total} segmented: {folder.path}{where}")
    if warned:
        _say(f"{warned} with warnings, which stand in their lines")
    if failures:
        _say(f"{len(failures)} failed:")
    for case, error in failures:
        reason = " ".join(str(error).split()) or type(error).__name__
        _say(f"  {case.image}: {reason[:300]}")


def _say(line: str) -> None:
    """Print what a name may hold; a letter that the terminal does not have becomes its number."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    print(line.encode(encoding, "backslashreplace").decode(encoding))
