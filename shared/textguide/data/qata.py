"""QaTa-COV19 v2: chest radiographs, masks of infection, and one report a film.

Films and masks come from Kaggle (``aysendegerli/qatacov19-dataset``), the reports from the workbooks of LViT
(Li et al., IEEE TMI 2024), the tables of Ariadne's Thread (Zhong et al., MICCAI 2023) or the cleaned
``annotation.json`` of SGSeg (MICCAI 2024). All of their folder layouts are read. A report's "left" is the
image's left, which is the patient's right.
"""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from textguide.data.files import file_key, index_images, require_equal
from textguide.data.phantom_mark import phantom_header
from textguide.data.qata_reports import COLUMNS, Reports, find_tables, is_split_table, part_of, read_reports
from textguide.data.schema import SECTIONS
from textguide.data.sheet import read_sheet
from textguide.text import parse_report

SPLITS = ("ariadne", "lvit")
TEXTS = ("auto", "annotation", "table")
_HOMES = ("", "QaTa-COV19-v2", "QaTa-COV19/QaTa-COV19-v2", "data/QaTa", "QaTa")
_PARTS = {
    "train": ("Train Set", "Train", "Train_Folder", "images/train"),
    "valid": ("Validation Set", "Val Set", "Val", "Val_Folder", "images/valid", "images/val"),
    "test": ("Test Set", "Test", "Test_Folder", "images/test"),
}
_PAIRS = (("Images", "Ground-truths"), ("Images", "GTs"), ("images", "masks"), ("img", "labelcol"))


@dataclass
class _Films:
    """Films and masks by key, the part each lies in, and how many equal copies were left out."""

    image: dict[str, Path] = field(default_factory=dict)
    mask: dict[str, Path] = field(default_factory=dict)
    part: dict[str, str] = field(default_factory=dict)
    copies: int = 0


def qata_datalist(
    root: str | os.PathLike[str], split: str = "ariadne", text: str = "auto", allow_missing: bool = False
) -> dict[str, Any]:
    """Make the datalist of QaTa-COV19 v2.

    Args:
        root: ``QaTa-COV19``, ``QaTa-COV19-v2``, or the folder of a public code tree that holds the films.
        split: how the training films are divided; films of the test folder are always ``testing``.
            ``ariadne``: as ``annotation.json`` says; without one, mask names sorted without case and cut at
            int(0.8 n), which is the same split (no patient on both sides).
            ``lvit``: by ``Train_ID`` and ``Val_ID``, or ``Train_Folder`` and ``Val_Folder`` (many patients
            are on both sides).
        text: ``annotation`` (cleaned captions), ``table`` (workbooks, CSV), or ``auto``: the first found.
        allow_missing: keep the complete cases where films, masks or reports are missing, and say so in the
            notes.

    Returns:
        The datalist, paths relative to ``root``; zones as the annotation gives them or as the report reads.
        Phantoms in this layout carry a name of their own.

    Raises:
        FileNotFoundError: no known folders, no reports, or incomplete cases.
        ValueError: an unknown option, contradicting duplicates, or a table with other columns.
    """
    for name, value, allowed in (("split", split, SPLITS), ("text", text, TEXTS)):
        if value not in allowed:
            raise ValueError(f"{name} is {value!r}; allowed: {', '.join(allowed)}.")
    root = Path(os.path.abspath(root))
    home, folders = _find_folders(root)
    films = _index_films(folders)
    tables = find_tables(
        [home, home / "prompt", home / "prompts", *(pair[0].parent for pair in folders.values())]
    )
    reports = read_reports(home, tables, source=text)
    complete, missing = _complete(films, reports)
    if missing and not allow_missing:
        raise FileNotFoundError(
            f"'{home}': {missing} Complete the data set, or keep the complete cases with allow_missing=True."
        )
    validation = _validation_keys(home, films, reports, tables, split)
    sections: dict[str, list[dict[str, Any]]] = {section: [] for section in SECTIONS}
    for key in complete:
        test = "test" in (films.part[key], reports.part[key])
        section = "testing" if test else "validation" if key in validation else "training"
        sections[section].append(_record(root, key, films, reports))
    return {
        "name": "QaTa-COV19",
        "modality": "X-ray",
        "labels": {"1": "pulmonary infection"},
        "license_note": "Research use, terms on the Kaggle page; the reports have their own sources' terms.",
        **phantom_header(home, "chest"),
        "notes": _notes(films, reports, missing),
        **sections,
    }


def subject_of(key: str) -> str:
    """The patient of a film: ``sub-s<number>``, or the film itself where its name tells none."""
    found = re.match(r"sub-s\d+", key)
    return found.group() if found else key


def _record(root: Path, key: str, films: _Films, reports: Reports) -> dict[str, Any]:
    text = reports.text[key]
    return {
        "image": films.image[key].relative_to(root).as_posix(),
        "label": films.mask[key].relative_to(root).as_posix(),
        "text": text,
        "case_id": key,
        "group_id": subject_of(key),
        "zones": reports.zones[key] if key in reports.zones else _zones_of(text),
        "side_convention": "image",
        "text_source": "report",
    }


def _find_folders(root: Path) -> tuple[Path, dict[str, tuple[Path, Path]]]:
    """The data set's own folder, and the folders of films and masks by part."""
    for home in (root / name for name in _HOMES):
        folders: dict[str, tuple[Path, Path]] = {}
        for part, places in _PARTS.items():
            for place, (images, masks) in itertools.product(places, _PAIRS):
                pair = (home / place / images, home / place / masks)
                if part not in folders and pair[0].is_dir() and pair[1].is_dir():
                    folders[part] = pair
        if folders:
            return home, folders
    seen = sorted(path.name for path in root.iterdir())[:10] if root.is_dir() else "no such folder"
    raise FileNotFoundError(
        f"'{root}' holds no films of QaTa-COV19: looked for folders such as 'Train Set/Images' beside "
        f"'Train Set/Ground-truths', found {seen}. Give the folder that the archive was unpacked to."
    )


def _index_films(folders: dict[str, tuple[Path, Path]]) -> _Films:
    films = _Films()
    for part, pair in folders.items():  # test comes last and wins, so that nothing leaks into training
        for found, folder in zip((films.image, films.mask), pair, strict=True):
            files, copies = index_images(folder)
            films.copies += copies
            for key, path in files.items():
                if key in found:
                    require_equal(found[key], path)
                    films.copies += 1
                found[key] = path
                films.part[key] = part
    return films


def _validation_keys(
    home: Path, films: _Films, reports: Reports, tables: Sequence[Path], split: str
) -> set[str]:
    if split == "lvit":
        listed = [path for path in tables if is_split_table(path)]
        if {"train", "valid"} <= {part_of(path.name) for path in listed}:
            valid = [path for path in listed if part_of(path.name) == "valid"]
            return {
                file_key(row["image"]) for p in valid for row in read_sheet(p, {"image": COLUMNS["image"]})
            }
        if "valid" not in films.part.values():
            raise FileNotFoundError(
                f"'{home}' has neither tables Train_ID and Val_ID nor Val_Folder: use split=ariadne."
            )
        return {key for key, part in films.part.items() if part == "valid"}
    if reports.divided:
        return {key for key, part in reports.part.items() if part == "valid"}
    # The reports count too, so that a part of the films is cut where the whole set is cut.
    names = [(key, part) for source in (films.part, reports.part) for key, part in source.items()]
    test = {key for key, part in names if part == "test"}
    pool = sorted({f"mask_{key}.png" for key, _ in names if key not in test})
    return {file_key(name) for name in pool[int(0.8 * len(pool)) :]}


def _complete(films: _Films, reports: Reports) -> tuple[list[str], str]:
    """Keys that have everything, and one line about the others ("" where there are none)."""
    sets = {"film": set(films.image), "mask": set(films.mask), "report": set(reports.text)}
    every = set.union(*sets.values())
    problems = [
        f"{len(every - keys)} without {name} (first: {', '.join(sorted(every - keys)[:3])})"
        for name, keys in sets.items()
        if every - keys
    ]
    line = f"incomplete cases: {'; '.join(problems)}." if problems else ""
    return sorted(set.intersection(*sets.values())), line


def _notes(films: _Films, reports: Reports, missing: str) -> list[str]:
    read = {key: _zones_of(text) for key, text in reports.text.items()}
    unread = sum(zones is None for zones in read.values())
    other = sorted(key for key, zones in reports.zones.items() if read.get(key) not in (None, zones))
    lines = {
        f"{films.copies} copies with equal bytes were left out.": films.copies,
        missing: missing,
        f"{unread} reports whose zones cannot be read.": unread,
        f"{len(other)} reports whose zone labels contradict the text (first: {', '.join(other[:3])}).": other,
    }
    return [line for line, worth_saying in lines.items() if worth_saying]


@lru_cache(maxsize=4096)  # a few hundred different reports stand for thousands of films
def _parsed(text: str) -> tuple[int, ...] | None:
    zones = parse_report(text).zones
    return None if zones is None else tuple(int(zone) for zone in zones)


def _zones_of(text: str) -> list[int] | None:
    zones = _parsed(text)
    return None if zones is None else list(zones)
