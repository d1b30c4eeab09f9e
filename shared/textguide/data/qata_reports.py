"""The reports of QaTa-COV19 in their public forms: workbooks, CSV tables, SGSeg's ``annotation.json``."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from textguide.data.files import file_key
from textguide.data.schema import ZONE_COUNT
from textguide.data.sheet import SHEET_SUFFIXES, read_sheet

COLUMNS = {"image": ("Image",), "text": ("Description", "text")}
_ANNOTATIONS = ("annotation.json", "prompts/annotation.json", "prompt/annotation.json")
_PARTS = {"tra": "train", "val": "valid", "tes": "test"}


@dataclass
class Reports:
    """Reports by film key.

    Attributes:
        text: the sentence.
        part: ``train``, ``valid`` or ``test``, as the source says.
        zones: six zone labels, where the source gives them.
        divided: whether the source itself divides training from validation.
    """

    text: dict[str, str] = field(default_factory=dict)
    part: dict[str, str] = field(default_factory=dict)
    zones: dict[str, list[int]] = field(default_factory=dict)
    divided: bool = False


def read_reports(home: Path, tables: Sequence[Path], source: str) -> Reports:
    """Read the reports.

    Args:
        home: the data set's folder, where ``annotation.json`` may lie.
        tables: the tables found by :func:`find_tables`.
        source: ``annotation``, ``table``, or ``auto`` for the first of the two that is there.

    Raises:
        FileNotFoundError: there are no reports of this source.
        ValueError: a file has another form, or gives one film two different texts.
    """
    annotation = next((home / name for name in _ANNOTATIONS if (home / name).is_file()), None)
    texts = [path for path in tables if not is_split_table(path)]
    if annotation is not None and source != "table":
        return _read_annotation(annotation)
    if texts and source != "annotation":
        return _read_tables(texts)
    wanted = {"annotation": "annotation.json", "table": "Train_text*.xlsx or prompt/train.csv"}
    raise FileNotFoundError(
        f"'{home}' holds no reports; put {wanted.get(source, ' or '.join(wanted.values()))} there."
    )


def find_tables(places: Iterable[Path]) -> list[Path]:
    """Workbooks and CSV files whose names begin with train, val or test, in the given folders."""
    found = (path for place in dict.fromkeys(places) if place.is_dir() for path in sorted(place.iterdir()))
    return [
        path
        for path in found
        if path.suffix.casefold() in SHEET_SUFFIXES and re.match("train|val|test", path.name.casefold())
    ]


def is_split_table(path: Path) -> bool:
    """Whether a table is LViT's ``Train_ID`` or ``Val_ID``, which say the split."""
    return "_id" in path.stem.casefold()


def part_of(name: str) -> str:
    """``train``, ``valid`` or ``test`` from the beginning of a name (``Val_text.xlsx``, ``valid``)."""
    return _PARTS[name.casefold()[:3]]


def _read_annotation(path: Path) -> Reports:
    reports = Reports(divided=True)
    try:
        for part, items in json.loads(path.read_text(encoding="utf-8")).items():
            for item in items:
                _add(reports, path, item["image_path"], item["caption"], part_of(part))
                if item.get("pseudo_label") is not None:
                    reports.zones[file_key(item["image_path"])] = _six(item["pseudo_label"])
    except (AttributeError, KeyError, TypeError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise ValueError(
            f"'{path}' is not the known form ({error!r}); allowed: train, valid, test, each a list of "
            "objects with image_path, caption and six numbers pseudo_label."
        ) from error
    return reports


def _six(zones: Any) -> list[int]:
    if len(zones) != ZONE_COUNT or not all(zone in (0, 1) for zone in zones):
        raise TypeError(f"pseudo_label {zones!r}")
    return [int(zone) for zone in zones]


def _read_tables(paths: Sequence[Path]) -> Reports:
    reports = Reports()
    for path in paths:
        for row in read_sheet(path, COLUMNS):
            _add(reports, path, row["image"], row["text"], part_of(path.name))
    return reports


def _add(reports: Reports, path: Path, name: str, text: str, part: str) -> None:
    key = file_key(name)
    if not text.strip():  # the same as no row: the film counts as one without a report
        return
    if reports.text.setdefault(key, text) != text:
        raise ValueError(f"'{path}' gives {name!r} a second, different text; keep one of them.")
    reports.part[key] = part
