"""QaTa-COV19 v2: chest radiographs, masks of infected zones, and one report a film.

Films and masks come from Kaggle (``aysendegerli/qatacov19-dataset``), the reports from the workbooks of LViT
(Li et al., IEEE TMI 2024), the tables of Ariadne's Thread (Zhong et al., MICCAI 2023) or the cleaned ``annotation.json``
of SGSeg (Li et al., MICCAI 2024). All of their folder layouts are read. A report's "left" is the image's left, which
is the patient's right.
"""

from __future__ import annotations

import itertools
import json
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from textguide.data.datalist import ZONE_COUNT
from textguide.data.files import file_key, index_images
from textguide.data.sheet import SHEET_SUFFIXES, read_sheet

SPLITS = ("ariadne", "lvit")
TEXTS = ("auto", "annotation", "table")
_ROOTS = ("", "QaTa-COV19-v2", "QaTa-COV19/QaTa-COV19-v2", "data/QaTa", "QaTa")
_PARTS = {
    "train": ("Train Set", "Train", "Train_Folder", "images/train"),
    "valid": ("Validation Set", "Val Set", "Val", "Val_Folder", "images/valid", "images/val"),
    "test": ("Test Set", "Test", "Test_Folder", "images/test"),
}
_PAIRS = (("Images", "Ground-truths"), ("Images", "GTs"), ("images", "masks"), ("img", "labelcol"))
_ANNOTATIONS = ("annotation.json", "prompts/annotation.json", "prompt/annotation.json")
_COLUMNS = {"image": ("Image",), "text": ("Description", "text")}


@dataclass
class _Texts:
    """Reports by film key, with what their source says about part and zones."""

    text: dict[str, str] = field(default_factory=dict)
    zones: dict[str, list[int]] = field(default_factory=dict)
    part: dict[str, str] = field(default_factory=dict)


def qata_datalist(
    root: str | os.PathLike[str], split: str = "ariadne", text: str = "auto", allow_missing: bool = False
) -> dict[str, Any]:
    """Make the datalist of QaTa-COV19 v2.

    Args:
        root: ``QaTa-COV19``, ``QaTa-COV19-v2``, or the folder of a public code tree that holds the films.
        split: how the training films are divided. ``ariadne``: as ``annotation.json`` says; without one, mask names
            sorted without case and cut at int(0.8 n), which is the same split (no patient on both sides).
            ``lvit``: ``Train_ID`` and ``Val_ID`` tables, or ``Train_Folder`` and ``Val_Folder`` (patients on both
            sides). Films of the test folder are always ``testing``.
        text: ``annotation`` (cleaned captions), ``table`` (workbooks, CSV), or ``auto``: the first that is there.
        allow_missing: keep the complete films where films, masks or reports are missing, and say so in the notes.

    Raises:
        FileNotFoundError: no known folders, no reports, or incomplete pairs.
        ValueError: an unknown option, contradicting duplicates, or a table with other columns.
    """
    for name, value, allowed in (("split", split, SPLITS), ("text", text, TEXTS)):
        if value not in allowed:
            raise ValueError(f"{name} is {value!r}; allowed: {', '.join(allowed)}.")
    root = Path(os.path.abspath(root))
    home, folders = _find_folders(root)
    films, masks, parts, notes = _index(folders)
    texts = _read_texts(home, folders, text)
    validation = _validation_keys(home, folders, split, texts, parts)
    complete, missing = _complete(films, masks, texts.text)
    if missing and not allow_missing:
        raise FileNotFoundError(
            f"{missing} Complete the data set under '{home}', or keep the complete films with allow_missing."
        )
    datalist: dict[str, Any] = {
        "name": "QaTa-COV19",
        "modality": "X-ray",
        "labels": {"1": "infected lung zones"},
        "license_note": "Research use; terms on the data set's Kaggle page. Reports: terms of their own sources.",
        "notes": [*notes, *([missing] if missing else [])],
        "training": [],
        "validation": [],
        "testing": [],
    }
    for key in complete:
        section = "testing" if parts[key] == "test" else "validation" if key in validation else "training"
        datalist[section].append(
            {
                "image": films[key].relative_to(root).as_posix(),
                "label": masks[key].relative_to(root).as_posix(),
                "text": texts.text[key],
                "case_id": key,
                "group_id": subject_of(key),
                "zones": texts.zones.get(key) or _parse_zones(texts.text[key]),
                "side_convention": "image",
                "text_source": "report",
            }
        )
    return datalist


def subject_of(key: str) -> str:
    """The patient of a film: ``sub-s<number>``, or the film itself where the name tells none (``covid_<n>``)."""
    found = re.match(r"sub-s\d+", key)
    return found.group() if found else key


def _find_folders(root: Path) -> tuple[Path, dict[str, tuple[Path, Path]]]:
    """The data set's own folder, and the folders of films and masks by part."""
    for home in (root / name for name in _ROOTS):
        folders = {}
        for part, places in _PARTS.items():
            for place, (images, masks) in itertools.product(places, _PAIRS):
                pair = (home / place / images, home / place / masks)
                if part not in folders and pair[0].is_dir() and pair[1].is_dir():
                    folders[part] = pair
        if folders:
            return home, folders
    seen = sorted(path.name for path in root.iterdir())[:10] if root.is_dir() else "no folder at all"
    raise FileNotFoundError(
        f"'{root}' holds no films of QaTa-COV19: looked for folders such as 'Train Set/Images' with "
        f"'Train Set/Ground-truths', found {seen}. Give the folder that the Kaggle archive was unpacked to."
    )


def _index(
    folders: dict[str, tuple[Path, Path]],
) -> tuple[dict[str, Path], dict[str, Path], dict[str, str], list[str]]:
    films: dict[str, Path] = {}
    masks: dict[str, Path] = {}
    parts: dict[str, str] = {}
    copies = 0
    for part, pair in folders.items():
        for found, folder in zip((films, masks), pair, strict=True):
            files, equal = index_images(folder)
            copies += equal
            for key, path in files.items():
                if key in found:
                    raise ValueError(
                        f"'{found[key]}' and '{path}' are one case in two parts; remove one of them."
                    )
                found[key] = path
                parts[key] = part
    notes = (
        [f"{copies} copies with equal bytes (names that differ in case only) were left out."]
        if copies
        else []
    )
    return films, masks, parts, notes


def _read_texts(home: Path, folders: dict[str, tuple[Path, Path]], text: str) -> _Texts:
    annotation = next((home / name for name in _ANNOTATIONS if (home / name).is_file()), None)
    tables = [path for path in _tables(home, folders) if "_id" not in path.stem.casefold()]
    if annotation is not None and text != "table":
        return _read_annotation(annotation)
    if not tables or text == "annotation":
        wanted = (
            "annotation.json" if text == "annotation" else "annotation.json, *_text*.xlsx or prompt/train.csv"
        )
        raise FileNotFoundError(f"'{home}' holds no reports; put {wanted} there.")
    return _read_tables(tables)


def _tables(home: Path, folders: dict[str, tuple[Path, Path]]) -> list[Path]:
    places = [home, home / "prompt", home / "prompts", *(pair[0].parent for pair in folders.values())]
    found = (path for place in places if place.is_dir() for path in sorted(place.iterdir()))
    return [
        path
        for path in dict.fromkeys(found)
        if path.suffix.casefold() in SHEET_SUFFIXES and re.match(r"(train|val|test)", path.name.casefold())
    ]


def _part_of(name: str) -> str:
    return {"tra": "train", "val": "valid", "tes": "test"}[name.casefold()[:3]]


def _read_annotation(path: Path) -> _Texts:
    texts = _Texts()
    content = json.loads(path.read_text(encoding="utf-8"))
    try:
        for part, items in content.items():
            for item in items:
                key = file_key(item["image_path"])
                _add_text(texts, key, item["caption"], _part_of(part), path)
                zones = item.get("pseudo_label")
                if zones is not None:
                    texts.zones[key] = [int(zone) for zone in zones]
                    if len(zones) != ZONE_COUNT:
                        raise ValueError(
                            f"'{path}': pseudo_label of {item['image_path']!r} has not six numbers."
                        )
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError(
            f"'{path}' is not the known form ({error!r}); allowed: train, valid, test, each a list of objects with "
            "image_path, caption, pseudo_label."
        ) from error
    return texts


def _read_tables(paths: Iterable[Path]) -> _Texts:
    texts = _Texts()
    for path in paths:
        for row in read_sheet(path, _COLUMNS):
            _add_text(texts, file_key(row["image"]), row["text"], _part_of(path.name), path)
    return texts


def _add_text(texts: _Texts, key: str, text: str, part: str, path: Path) -> None:
    if not text.strip():
        raise ValueError(f"'{path}' has no text for {key!r}; fill the cell or remove the row.")
    if texts.text.setdefault(key, text) != text:
        raise ValueError(f"'{path}' gives {key!r} a second, different text; keep one of them.")
    texts.part[key] = part


def _validation_keys(
    home: Path, folders: dict[str, tuple[Path, Path]], split: str, texts: _Texts, parts: dict[str, str]
) -> set[str]:
    if split == "lvit":
        listed = [path for path in _tables(home, folders) if "_id" in path.stem.casefold()]
        names = {part: [p for p in listed if _part_of(p.name) == part] for part in ("train", "valid")}
        if all(names.values()):
            columns = {"image": _COLUMNS["image"]}
            return {file_key(row["image"]) for path in names["valid"] for row in read_sheet(path, columns)}
        if "valid" in folders:
            return {key for key, part in parts.items() if part == "valid"}
        raise FileNotFoundError(
            f"'{home}' has neither Train_ID and Val_ID tables nor a Val_Folder; use split ariadne."
        )
    if texts.zones and "valid" in texts.part.values():  # annotation.json
        return {key for key, part in texts.part.items() if part == "valid"}
    # The reports count too, so that a part of the films is cut where the whole set is cut.
    pool = {key for key, part in itertools.chain(texts.part.items(), parts.items()) if part != "test"}
    names_in_order = sorted(f"mask_{key}.png" for key in pool)
    return {file_key(name) for name in names_in_order[int(0.8 * len(names_in_order)) :]}


def _complete(films: dict[str, Path], masks: dict[str, Path], texts: dict[str, str]) -> tuple[list[str], str]:
    """Keys that have everything, and one line about the others ("" where there are none)."""
    sets = {"film": set(films), "mask": set(masks), "report": set(texts)}
    complete = set.intersection(*sets.values())
    problems = []
    for name, keys in sets.items():
        lacking = sorted(set.union(*sets.values()) - keys)
        if lacking:
            problems.append(f"{len(lacking)} without {name} (first: {', '.join(lacking[:3])})")
    return sorted(complete), f"Incomplete cases: {'; '.join(problems)}." if problems else ""


def _parse_zones(text: str) -> list[int] | None:
    from textguide.text import parse_report

    zones = parse_report(text).zones
    return None if zones is None else [int(zone) for zone in zones]
