"""Tables of names and texts: CSV (comma, semicolon or tab) and Excel workbooks, read as strings."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

SHEET_SUFFIXES = (".csv", ".xlsx")


def read_sheet(
    path: str | os.PathLike[str],
    required: Mapping[str, Sequence[str]],
    optional: Mapping[str, Sequence[str]] | None = None,
    strict: bool = False,
) -> list[dict[str, str]]:
    """Read a table's rows.

    Args:
        path: ``.csv`` (UTF-8, or Windows-1252 as Excel writes it) or ``.xlsx`` (its first sheet).
        required: our column name -> the headings it may carry in the file (compared without case).
        optional: the same for columns that may be absent.
        strict: refuse columns that are neither required nor optional instead of passing them over.

    Returns:
        One dict a row, by our column names; cells verbatim, empty cells as "". Wholly empty rows are left
        out.

    Raises:
        FileNotFoundError: there is no such file.
        ImportError: a workbook without openpyxl installed.
        ValueError: another ending, or a column is missing, unknown or stands twice.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"'{path}' is missing; give a .csv or .xlsx table.")
    suffix = path.suffix.casefold()
    if suffix not in SHEET_SUFFIXES:
        raise ValueError(f"'{path}' ends in {path.suffix!r}; allowed: {', '.join(SHEET_SUFFIXES)}.")
    header, *rows = (_read_xlsx(path) if suffix == ".xlsx" else _read_csv(path)) or [[]]
    places = _places(path, header, required, optional or {}, strict)
    return [
        {name: row[place] if place < len(row) else "" for name, place in places.items()}
        for row in rows
        if any(cell.strip() for cell in row)
    ]


def _places(
    path: Path,
    header: Sequence[str],
    required: Mapping[str, Sequence[str]],
    optional: Mapping[str, Sequence[str]],
    strict: bool,
) -> dict[str, int]:
    names = {
        heading.casefold(): name for name, aliases in {**required, **optional}.items() for heading in aliases
    }
    places: dict[str, int] = {}
    unknown, twice = [], []
    for place, heading in enumerate(header):
        name = names.get(heading.strip().casefold())
        if name is None:
            unknown += [heading] if heading.strip() else []
        elif name in places:
            twice.append(heading)
        else:
            places[name] = place
    missing = [name for name in required if name not in places]
    if missing or twice or (strict and unknown):
        problem = (
            f"lacks {missing}"
            if missing
            else f"has {twice} twice"
            if twice
            else f"has unknown columns {unknown}"
        )
        needs = ", ".join("|".join(aliases) for aliases in required.values())
        may = ", ".join("|".join(aliases) for aliases in optional.values())
        raise ValueError(
            f"'{path}' {problem}; its columns are {list(header)}, needed: {needs}"
            + (f", allowed: {may}" if may else "")
            + ". Rename the columns in its first row."
        )
    return places


def _read_csv(path: Path) -> list[list[str]]:
    data = path.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
    first_line = text.split("\n", 1)[0]
    # Excel writes the separator of its language; the heading line decides, for no heading holds one itself.
    delimiter = max(",;\t", key=first_line.count)
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))


def _read_xlsx(path: Path) -> list[list[str]]:
    try:
        import openpyxl
    except ImportError as error:
        raise ImportError(
            f"reading '{path}' needs openpyxl: pip install textguide[all], or save the table as .csv."
        ) from error
    workbook = openpyxl.load_workbook(path, read_only=True)
    try:
        return [[_cell(value) for value in row] for row in workbook.worksheets[0].iter_rows(values_only=True)]
    finally:
        workbook.close()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():  # Excel keeps the name 12 as 12.0
        return str(int(value))
    return str(value)
