"""A data set of one's own: a table (CSV or Excel) with a row for each image.

Columns: ``image``, ``label``, ``text``; and where wanted ``split`` (training, validation or testing),
``group`` (the patient, so that no patient is divided), ``case``, ``zones`` (six digits), ``class_label`` and
``slice_index``.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from textguide.data.files import image_stem
from textguide.data.schema import CLASSIFICATION_KEYS, SECTIONS, SIDE_CONVENTIONS, ZONE_COUNT
from textguide.data.sheet import SHEET_SUFFIXES, read_numbered_rows

_REQUIRED = {name: (name,) for name in ("image", "label", "text")}
_OPTIONAL = {name: (name,) for name in ("split", "group", "case", "zones", *CLASSIFICATION_KEYS)}
_SPLITS = {
    **{section: section for section in SECTIONS},
    **{"train": "training", "valid": "validation", "val": "validation", "test": "testing"},
}


def table_datalist(
    table_path: str | os.PathLike[str],
    dataset_dir: str | os.PathLike[str] | None = None,
    *,
    name: str | None = None,
    modality: str = "unknown",
    side_convention: str = "image",
    validation: float = 0.2,
    testing: float = 0.0,
    seed: int = 0,
) -> dict[str, Any]:
    """Make the datalist of a table.

    Args:
        table_path: a ``.csv`` or ``.xlsx`` file, or the folder that holds exactly one.
        dataset_dir: the folder that the table's paths are relative to; the table's own by default.
        name: the data set's name; the table's by default.
        modality: kept in the datalist.
        side_convention: whose left the texts mean, ``image`` or ``patient``.
        validation: part of the groups that becomes validation where the table has no column ``split``.
        testing: the same for testing.
        seed: chooses these groups, by a hash, so that adding rows moves few of the others.

    Returns:
        The datalist. A case is named by the column ``case`` or by the image's name, a group by the column
        ``group`` or by the image. An empty ``label`` is allowed in testing only; an empty ``text`` means no
        text.

    Raises:
        FileNotFoundError: no table.
        ImportError: an Excel table without openpyxl.
        ValueError: other columns, or a cell that is not allowed; the message names the row.
    """
    if side_convention not in SIDE_CONVENTIONS:
        raise ValueError(f"side_convention is {side_convention!r}; allowed: {', '.join(SIDE_CONVENTIONS)}.")
    if min(validation, testing) < 0 or validation + testing >= 1:
        raise ValueError(
            f"validation {validation} and testing {testing}: allowed are parts whose sum is below 1."
        )
    path = _find_table(Path(os.path.abspath(table_path)))
    root = Path(os.path.abspath(dataset_dir)) if dataset_dir is not None else path.parent
    rows = read_numbered_rows(path, _REQUIRED, _OPTIONAL, strict=True)
    stems = Counter(image_stem(row["image"]).casefold() for _, row in rows)
    records = [_record(path, root, number, row, stems, side_convention) for number, row in rows]
    if rows and "split" in rows[0][1]:
        places = [_section(path, number, row) for number, row in rows]
    else:
        places = _divide([record["group_id"] for record in records], validation, testing, seed)
    sections: dict[str, list[dict[str, Any]]] = {section: [] for section in SECTIONS}
    for (number, _), section, record in zip(rows, places, records, strict=True):
        if record["label"] is None and section != "testing":
            raise ValueError(f"'{path}' row {number}: label is empty; allowed in testing only.")
        sections[section].append(record)
    silent = sum(not record["text"] for record in records)
    return {
        "name": name or path.stem,
        "modality": modality,
        "labels": {"1": "foreground"},
        "license_note": "The data set's own terms.",
        "notes": [f"{silent} records have no text."] if silent else [],
        **sections,
    }


def _find_table(path: Path) -> Path:
    if not path.is_dir():
        return path
    tables = [
        p for p in sorted(path.iterdir()) if p.suffix.casefold() in SHEET_SUFFIXES and p.name[0] not in ".~"
    ]
    if len(tables) != 1:
        found = [table.name for table in tables]
        raise FileNotFoundError(
            f"'{path}' holds {len(tables)} tables {found[:5]}; name the one .csv or .xlsx file."
        )
    return tables[0]


def _record(
    path: Path, root: Path, number: int, row: dict[str, str], stems: Counter[str], side_convention: str
) -> dict[str, Any]:
    where = f"'{path}' row {number}"
    if not row["image"]:
        raise ValueError(f"{where}: image is empty; fill the cell.")
    image = _relative(where, row["image"], root)
    stem = image_stem(row["image"])
    # Two folders may hold files of one name: then the path tells the cases apart.
    own = stem if stems[stem.casefold()] == 1 else image
    return {
        "image": image,
        "label": _relative(where, row["label"], root) if row["label"] else None,
        "text": row["text"],
        "case_id": row.get("case") or own,
        "group_id": row.get("group") or own,
        "zones": _zones(where, row.get("zones", "")),
        "side_convention": side_convention,
        "text_source": "table",
        **{key: _whole(where, key, row[key]) for key in CLASSIFICATION_KEYS if row.get(key)},
    }


def _relative(where: str, cell: str, root: Path) -> str:
    """The cell as a path with forward slashes, relative to the data set's folder."""
    if "\\" in cell and not (root / cell).exists():  # written on Windows
        cell = cell.replace("\\", "/")
    if not Path(cell).is_absolute():
        return cell
    if not Path(cell).is_relative_to(root):
        raise ValueError(
            f"{where}: '{cell}' lies outside '{root}'; use relative paths or another dataset_dir."
        )
    return Path(cell).relative_to(root).as_posix()


def _section(path: Path, number: int, row: dict[str, str]) -> str:
    section = _SPLITS.get(row["split"].strip().casefold())
    if section is None:
        raise ValueError(f"'{path}' row {number}: split is {row['split']!r}; allowed: {', '.join(_SPLITS)}.")
    return section


def _divide(groups: Sequence[str], validation: float, testing: float, seed: int) -> list[str]:
    """A section for each record, by groups in the order of a seeded hash."""
    order = sorted(set(groups), key=lambda group: hashlib.sha256(f"{seed}/{group}".encode()).digest())
    first, second = round(testing * len(order)), round((testing + validation) * len(order))
    section = {
        group: "testing" if i < first else "validation" if i < second else "training"
        for i, group in enumerate(order)
    }
    return [section[group] for group in groups]


def _zones(where: str, cell: str) -> list[int] | None:
    if not cell.strip():
        return None
    digits = re.sub(r"[\s,;\[\]()]", "", cell)
    if not re.fullmatch(rf"[01]{{{ZONE_COUNT}}}", digits):
        raise ValueError(
            f"{where}: zones is {cell!r}; allowed: six digits 0 or 1, such as 0 0 1 0 0 1, or empty."
        )
    return [int(digit) for digit in digits]


def _whole(where: str, key: str, cell: str) -> int:
    try:
        return int(cell)
    except ValueError:
        raise ValueError(f"{where}: {key} is {cell!r}; allowed: a whole number, or empty.") from None
