"""The datalist's form: its keys, their types and what they may hold, checked without touching a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import Any

SECTIONS = ("training", "validation", "testing")
HEADER_KEYS = ("name", "modality", "labels", "license_note")
RECORD_KEYS = ("image", "label", "text", "case_id", "group_id", "zones", "side_convention", "text_source")
CLASSIFICATION_KEYS = ("class_label", "slice_index")
SIDE_CONVENTIONS = ("image", "patient")
ZONE_COUNT = 6


def iterate_records(datalist: dict[str, Any]) -> Iterator[tuple[str, int, dict[str, Any]]]:
    """Go through all records as (section, number in the section, record)."""
    for section in SECTIONS:
        for number, record in enumerate(datalist[section]):
            yield section, number, record


def check_schema(datalist: dict[str, Any]) -> None:
    """Check keys and types of a datalist; an error names the record.

    A record holds ``image`` and ``label`` (paths relative to the data set's folder, with forward slashes; the
    label may be null in ``testing``), ``text`` (or null), ``case_id``, ``group_id`` (what must not be divided
    between sections: the patient), ``zones`` (upper, middle, lower left, then right, 0 or 1, or
    null), ``side_convention`` (whose left the text means) and ``text_source``; for classification also
    ``class_label`` and ``slice_index``.

    Raises:
        TypeError: a value has the wrong type.
        ValueError: a key is unknown or missing, or a value is not allowed.
    """
    if not isinstance(datalist, dict):
        raise TypeError(f"a datalist is an object with {', '.join(SECTIONS)}; got {type(datalist).__name__}.")
    _check_keys("the datalist", datalist, (*HEADER_KEYS, *SECTIONS), ("split_sha256", "notes"))
    kinds = {"labels": dict, "notes": list, **dict.fromkeys(SECTIONS, list)}
    for key, value in datalist.items():
        kind = kinds.get(key, str)
        if not isinstance(value, kind):
            raise TypeError(f"{key} of the datalist is {type(value).__name__}; allowed: {kind.__name__}.")
    for section, number, record in iterate_records(datalist):
        where = f"{section}[{number}]"
        if not isinstance(record, dict):
            raise TypeError(f"{where} is {type(record).__name__}; allowed: an object with its keys.")
        where += f" ({record.get('image')!r})"
        _check_keys(where, record, RECORD_KEYS, CLASSIFICATION_KEYS)
        _check_strings(where, record, nullable=("text", "label") if section == "testing" else ("text",))
        _check_values(where, record)


def check_cases(datalist: dict[str, Any]) -> None:
    """Check that no case stands twice, neither within a section nor in two of them.

    Raises:
        ValueError: one does; its name is compared without case.
    """
    seen: dict[str, str] = {}
    for section, number, record in iterate_records(datalist):
        where = f"{section}[{number}]"
        first = seen.setdefault(record["case_id"].casefold(), where)
        if first != where:
            raise ValueError(
                f"the case {record['case_id']!r} stands twice, as {first} and as {where}; keep one of them, "
                "so that nothing is scored on what it was trained on."
            )


def _check_keys(what: str, item: dict[str, Any], required: Sequence[str], optional: Sequence[str]) -> None:
    unknown = sorted(set(map(str, item)) - {*required, *optional})
    missing = [key for key in required if key not in item]
    if unknown or missing:
        problem = f"unknown keys {unknown}" if unknown else f"missing keys {missing}"
        raise ValueError(f"{what} has {problem}; allowed: {', '.join((*required, *optional))}.")


def _check_strings(where: str, record: dict[str, Any], nullable: Sequence[str]) -> None:
    for key in RECORD_KEYS:
        value = record[key]
        if key == "zones" or (value is None and key in nullable):
            continue
        if not isinstance(value, str):
            allowed = "a string or null" if key in nullable else "a string"
            raise TypeError(f"{where}: {key} is {value!r}; allowed: {allowed}.")
        if value == "" and key != "text":
            raise ValueError(f"{where}: {key} is empty; fill it.")


def _check_values(where: str, record: dict[str, Any]) -> None:
    for key in ("image", "label"):
        if record[key] is not None and PurePosixPath(record[key]).is_absolute():
            raise ValueError(
                f"{where}: {key} is an absolute path; make it relative to the data set's folder."
            )
    side = record["side_convention"]
    if side not in SIDE_CONVENTIONS:
        raise ValueError(f"{where}: side_convention is {side!r}; allowed: {', '.join(SIDE_CONVENTIONS)}.")
    zones = record["zones"]
    six = isinstance(zones, list) and len(zones) == ZONE_COUNT and all(zone in (0, 1) for zone in zones)
    if zones is not None and not six:
        raise TypeError(f"{where}: zones is {zones!r}; allowed: a list of six numbers 0 or 1, or null.")
    for key in CLASSIFICATION_KEYS:
        if key in record and not isinstance(record[key], int):
            raise TypeError(f"{where}: {key} is {record[key]!r}; allowed: a whole number.")
