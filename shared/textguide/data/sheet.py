"""Tables of names and texts: CSV (comma, semicolon or tab) and Excel workbooks, read as strings."""

from __future__ import annotations

import codecs
import csv
import io
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from textguide.data.files import IMAGE_ENDINGS

SHEET_SUFFIXES = (".csv", ".xlsx")


def read_sheet(
    path: str | os.PathLike[str],
    required: Mapping[str, Sequence[str]],
    optional: Mapping[str, Sequence[str]] | None = None,
    strict: bool = False,
) -> list[dict[str, str]]:
    """Read a table's rows.

    Args:
        path: ``.csv`` (UTF-8, UTF-16 with its mark, or Windows-1252, as Excel writes it) or ``.xlsx`` (its
            first sheet).
        required: our column name -> the headings it may carry in the file (compared without case).
        optional: the same for columns that may be absent.
        strict: refuse columns that are neither required nor optional instead of passing them over.

    Returns:
        One dict a row, by our column names; cells verbatim, empty cells as "". Wholly empty rows are left
        out.

    Raises:
        FileNotFoundError: there is no such file.
        ImportError: a workbook without openpyxl installed.
        ValueError: another ending; a file that cannot be read; a column that is missing, unknown or stands
            twice; in a CSV, a row with more cells than headings, or one that an unclosed quotation mark ate.
    """
    return [row for _, row in read_numbered_rows(path, required, optional, strict)]


def read_numbered_rows(
    path: str | os.PathLike[str],
    required: Mapping[str, Sequence[str]],
    optional: Mapping[str, Sequence[str]] | None = None,
    strict: bool = False,
) -> list[tuple[int, dict[str, str]]]:
    """Read a table's rows as :func:`read_sheet` does, each with its number in the file; 1 is the headings."""
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"'{path}' is missing; give a .csv or .xlsx table.")
    suffix = path.suffix.casefold()
    if suffix not in SHEET_SUFFIXES:
        raise ValueError(f"'{path}' ends in {path.suffix!r}; allowed: {', '.join(SHEET_SUFFIXES)}.")
    header, *rows = (_read_xlsx(path) if suffix == ".xlsx" else _read_csv(path)) or [[]]
    places = _places(path, header, required, optional or {}, strict)
    if suffix == ".csv":
        _check_cells(path, header, rows, places.get("image"))
    return [
        (number, {name: row[place] if place < len(row) else "" for name, place in places.items()})
        for number, row in enumerate(rows, start=2)
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


def _check_cells(path: Path, header: Sequence[str], rows: Sequence[Sequence[str]], image: int | None) -> None:
    """Refuse rows that a stray separator or quotation mark has cut or joined."""
    width = max((place + 1 for place, heading in enumerate(header) if heading.strip()), default=0)
    for number, row in enumerate(rows, start=2):
        if any(cell.strip() for cell in row[width:]):
            raise ValueError(
                f"'{path}' row {number} has {len(row)} cells for {width} headings; a sentence that holds the "
                "separator must stand in quotation marks."
            )
        eaten = [line for cell in row for line in re.split(r"[\r\n]+", cell)[1:]]
        if image is not None and any(_looks_like_a_row(line, width, image) for line in eaten):
            raise ValueError(
                f"'{path}' row {number} holds another row in one of its cells; close the quotation mark that "
                "is open there."
            )


def _looks_like_a_row(line: str, width: int, image: int) -> bool:
    cells = re.split(r"[,;\t]", line)
    return len(cells) >= width and cells[image].strip(' "').lower().endswith(IMAGE_ENDINGS)


def _read_csv(path: Path) -> list[list[str]]:
    text = _decode(path)
    first_line = re.split(r"[\r\n]", text, maxsplit=1)[0]
    # Excel writes the separator of its language; the heading line decides, for no heading holds one itself.
    delimiter = max(",;\t", key=first_line.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[list[str]] = []
    begin = 1
    try:
        for row in reader:
            rows.append(row)
            begin = reader.line_num + 1
    except csv.Error as error:
        raise ValueError(
            f"'{path}' cannot be read from line {begin} on ({error}); close every quotation mark that opens "
            "a cell, and double one inside it."
        ) from error
    return rows


def _decode(path: Path) -> str:
    data = path.read_bytes()
    marked = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = data.decode("utf-16" if marked else "utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
    if "\0" in text:
        raise ValueError(f"'{path}' is no CSV text in a known encoding; save it as CSV UTF-8 or as .xlsx.")
    return text


def _read_xlsx(path: Path) -> list[list[str]]:
    try:
        import openpyxl
    except ImportError as error:
        raise ImportError(
            f"reading '{path}' needs openpyxl: pip install textguide[all], or save the table as .csv."
        ) from error
    try:
        workbook = openpyxl.load_workbook(path, read_only=True)
        try:
            rows = workbook.worksheets[0].iter_rows(values_only=True)
            return [[_cell(value) for value in row] for row in rows]
        finally:
            workbook.close()
    except Exception as error:  # openpyxl raises whatever its readers of zip and XML raise on a broken file
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise ValueError(
            f"'{path}' cannot be read as a workbook ({reason}); save it again as .xlsx or .csv."
        ) from error


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():  # Excel keeps the name 12 as 12.0
        return str(int(value))
    return str(value)
