"""The datalist: one JSON file that says which image, mask and text belong together, and in which section.

Every data set is turned into this form once (``textguide datalist NAME DIR``); training, evaluation and the bundles
read nothing else. Paths and texts are data: they are kept and handed on verbatim, whatever characters they hold.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from textguide.data.files import check_images, require_equal

SECTIONS = ("training", "validation", "testing")
RECORD_KEYS = ("image", "label", "text", "case_id", "group_id", "zones", "side_convention", "text_source")
CLASSIFICATION_KEYS = ("class_label", "slice_index")
HEADER_KEYS = ("name", "modality", "labels", "license_note")
SIDE_CONVENTIONS = ("image", "patient")
ZONE_COUNT = 6


def split_hash(datalist: dict[str, Any]) -> str:
    """SHA-256 of the split: which case, with which text, in which section.

    Folders, the letter case of file names and the order of the records do not enter, so two machines that keep
    the same data in different layouts get the same value.
    """
    lines = [
        json.dumps(
            [section, record["case_id"].casefold(), record["group_id"].casefold(), record["text"] or "",
             record["zones"] and [int(zone) for zone in record["zones"]], record["side_convention"], record["label"] is not None,
             record.get("class_label"), record.get("slice_index")],
        )
        for section, _, record in _records(datalist)
    ]  # fmt: skip
    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()


def write_datalist(datalist: dict[str, Any], path: str | os.PathLike[str]) -> Path:
    """Write a datalist, sorted by case, one record a line, with its split hash.

    The file is written under a temporary name and renamed, so a half-written one never carries the final name.

    Args:
        datalist: header keys ``name``, ``modality``, ``labels``, ``license_note``, optionally ``notes``, and the
            three sections.
        path: the JSON file to write; its folder must exist.

    Raises:
        TypeError: a value has the wrong type.
        ValueError: a key is unknown or missing, or a value is not allowed.
    """
    check_schema(datalist)
    header = {key: datalist[key] for key in (*HEADER_KEYS, "notes") if key in datalist}
    header["split_sha256"] = split_hash(datalist)
    parts = [f"{json.dumps(key)}: {json.dumps(value)}" for key, value in header.items()]
    for section in SECTIONS:
        records = sorted(datalist[section], key=lambda record: (record["case_id"], record["image"]))
        rows = ",\n  ".join(json.dumps(record, allow_nan=False) for record in records)
        parts.append(f"{json.dumps(section)}: [\n  {rows}\n ]" if rows else f"{json.dumps(section)}: []")
    path = Path(path)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        temporary.write_text("{\n " + ",\n ".join(parts) + "\n}\n", encoding="utf-8")
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
    return path


def load_datalist(
    dataset_dir: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
    section: str,
    filename: str = "datalist.json",
    fraction: float = 1.0,
    seed: int = 0,
) -> list[dict[str, Any]]:
    """Read one section as records for a MONAI dataset.

    Args:
        dataset_dir: the folder that holds ``filename``, or several folders, whose records are joined.
        section: ``training``, ``validation`` or ``testing``.
        filename: name of the datalist inside each folder.
        fraction: part of each folder's records, in (0, 1]. For one seed the smaller part is contained in the larger.
        seed: chooses the part.

    Returns:
        Records with absolute ``image`` and ``label`` paths (no ``label`` key where there is none), ``text`` ("" where
        there is none) and ``zones``: (6,) float32, six NaN where unknown.

    Raises:
        FileNotFoundError: there is no datalist; the message names the command that makes it.
        ValueError: unknown section, fraction out of range, or a file that breaks the schema or its own split hash.
        TypeError: a value of the file has the wrong type.
    """
    if section not in SECTIONS:
        raise ValueError(f"section is {section!r}; allowed: {', '.join(SECTIONS)}.")
    if not 0.0 < fraction <= 1.0:
        raise ValueError(f"fraction is {fraction}; allowed: above 0, up to 1.")
    folders = [dataset_dir] if isinstance(dataset_dir, (str, os.PathLike)) else list(dataset_dir)
    if not folders:
        raise ValueError("dataset_dir is an empty list; give at least one folder.")
    loaded = []
    for folder in folders:
        root = Path(os.path.abspath(folder))
        records = read_datalist(root / filename)[section]
        loaded += [_in_memory(record, root) for record in _subset(records, fraction, seed)]
    return loaded


def read_datalist(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Read a datalist file as it stands and check its schema and its split hash."""
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(
            f"'{path}' is missing; make it with `textguide datalist qata {path.parent}` "
            "(or another data set's name in place of qata: `textguide datalist --help` lists them)."
        )
    try:
        datalist = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(
            f"'{path}' is not a JSON file ({error}); make it again with `textguide datalist`."
        ) from error
    try:
        check_schema(datalist)
    except (TypeError, ValueError) as error:
        raise type(error)(f"'{path}': {error}") from error
    stored = datalist.get("split_sha256")
    if stored is not None and stored != split_hash(datalist):
        raise ValueError(
            f"'{path}' was changed after it was written (its split_sha256 does not match its records); "
            "make it again with `textguide datalist`, or remove the key split_sha256 if the change is meant."
        )
    return datalist


def check_schema(datalist: dict[str, Any]) -> None:
    """Check keys and types of a datalist without touching any file; errors name the record.

    Raises:
        TypeError: a value has the wrong type.
        ValueError: a key is unknown or missing, or a value is not allowed.
    """
    if not isinstance(datalist, dict):
        raise TypeError(f"a datalist is an object with {', '.join(SECTIONS)}; got {type(datalist).__name__}.")
    _check_keys("the datalist", datalist, (*HEADER_KEYS, *SECTIONS), ("split_sha256", "notes"))
    for section in SECTIONS:
        if not isinstance(datalist[section], list):
            raise TypeError(f"{section} is {type(datalist[section]).__name__}; a list of records is allowed.")
    for section, number, record in _records(datalist):
        _check_record(section, number, record)


def check_datalist(datalist: dict[str, Any], dataset_dir: str | os.PathLike[str]) -> dict[str, Any]:
    """Check a datalist against its files: every one is there and whole, and no case stands twice.

    Cases are compared by case-folded ``case_id``. Of duplicates with equal bytes and texts one is kept, the one in
    the later section (testing before validation before training), so that nothing leaks into training.

    Returns:
        A copy without duplicates, whose ``notes`` count what was dropped and name pairs of different size.

    Raises:
        FileNotFoundError: an image or a label is missing.
        TypeError: a value has the wrong type.
        ValueError: a file is not readable, or two records of one case contradict each other, or the schema is broken.
    """
    check_schema(datalist)
    root = Path(os.path.abspath(dataset_dir))
    files = sorted({root / record[key] for _, _, record in _records(datalist) for key in ("image", "label")
                    if record[key] is not None})  # fmt: skip
    sizes = dict(zip(files, check_images(files), strict=True))
    kept: dict[str, dict[str, Any]] = {}
    checked: dict[str, Any] = {
        **datalist,
        "notes": list(datalist.get("notes", [])),
        **{s: [] for s in SECTIONS},
    }
    dropped, uneven = 0, []
    for section in reversed(SECTIONS):
        for record in datalist[section]:
            first = kept.setdefault(record["case_id"].casefold(), record)
            if first is not record:
                _require_same_case(first, record, root)
                dropped += 1
                continue
            checked[section].append(record)
            if record["label"] is not None and sizes[root / record["image"]] != sizes[root / record["label"]]:
                uneven.append(record["image"])
    if dropped:
        checked["notes"].append(f"{dropped} duplicates with equal bytes were dropped.")
    if uneven:
        checked["notes"].append(
            f"{len(uneven)} images differ in size from their label, the first: {uneven[0]}."
        )
    return checked


def summarize_datalist(datalist: dict[str, Any]) -> str:
    """A few lines for the user: records per section, groups (patients) shared between sections, notes, split hash."""
    groups = {section: {record["group_id"] for record in datalist[section]} for section in SECTIONS}
    counts = ", ".join(f"{section} {len(datalist[section])}" for section in SECTIONS)
    pairs = [(a, b) for i, a in enumerate(SECTIONS) for b in SECTIONS[i + 1 :]]
    shared = ", ".join(f"{a}/{b} {len(groups[a] & groups[b])}" for a, b in pairs)
    lines = [f"{datalist['name']}: {counts}", f"groups shared between sections: {shared}"]
    lines += [f"note: {note}" for note in datalist.get("notes", [])]
    return "\n".join([*lines, f"split sha256: {split_hash(datalist)}"])


def _records(datalist: dict[str, Any]) -> Iterator[tuple[str, int, dict[str, Any]]]:
    for section in SECTIONS:
        for number, record in enumerate(datalist[section]):
            yield section, number, record


def _check_keys(what: str, item: dict[str, Any], required: Sequence[str], optional: Sequence[str]) -> None:
    for problem, keys in (
        ("unknown", sorted(set(map(str, item)) - {*required, *optional})),
        ("missing", [key for key in required if key not in item]),
    ):
        if keys:
            raise ValueError(
                f"{what} has {problem} keys {keys}; allowed: {', '.join((*required, *optional))}."
            )


def _check_record(section: str, number: int, record: Any) -> None:
    where = f"{section}[{number}]"
    if not isinstance(record, dict):
        raise TypeError(
            f"{where} is {type(record).__name__}; an object with {', '.join(RECORD_KEYS)} is allowed."
        )
    where += f" ({record.get('image')!r})"
    _check_keys(where, record, RECORD_KEYS, CLASSIFICATION_KEYS)
    nullable = {"text", "label"} if section == "testing" else {"text"}
    for key in ("image", "label", "text", "case_id", "group_id", "side_convention", "text_source"):
        value = record[key]
        if not (isinstance(value, str) or (value is None and key in nullable)):
            raise TypeError(
                f"{where}: {key} is {value!r}; a string{' or null' * (key in nullable)} is allowed."
            )
        if value == "" and key != "text":
            raise ValueError(f"{where}: {key} is empty; it must say something.")
    for key in ("image", "label"):
        if record[key] is not None and PurePosixPath(record[key]).is_absolute():
            raise ValueError(
                f"{where}: {key} is an absolute path; write it relative to the data set's folder."
            )
    if record["side_convention"] not in SIDE_CONVENTIONS:
        raise ValueError(
            f"{where}: side_convention is {record['side_convention']!r}; allowed: image, patient."
        )
    zones = record["zones"]
    if zones is not None and not (
        isinstance(zones, list) and [z in (0, 1) for z in zones] == [True] * ZONE_COUNT
    ):
        raise TypeError(f"{where}: zones is {zones!r}; six numbers 0 or 1, or null, are allowed.")
    for key in CLASSIFICATION_KEYS:
        if not isinstance(record.get(key, 0), int):
            raise TypeError(f"{where}: {key} is {record[key]!r}; a whole number is allowed.")


def _require_same_case(first: dict[str, Any], second: dict[str, Any], root: Path) -> None:
    for key in ("image", "label"):
        if first[key] is not None and second[key] is not None:
            require_equal(root / first[key], root / second[key])
    if (first["text"] or "") != (second["text"] or ""):
        raise ValueError(
            f"'{root / second['image']}' stands twice, with two different texts; keep one of the records."
        )


def _subset(records: list[dict[str, Any]], fraction: float, seed: int) -> list[dict[str, Any]]:
    """The first records in the order of a seeded hash of the case, so a smaller part lies within a larger one."""
    wanted = min(len(records), math.ceil(fraction * len(records)))
    order = sorted(
        range(len(records)), key=lambda i: hashlib.sha256(f"{seed}/{records[i]['case_id']}".encode()).digest()
    )
    return [records[i] for i in sorted(order[:wanted])]


def _in_memory(record: dict[str, Any], root: Path) -> dict[str, Any]:
    zones = [math.nan] * ZONE_COUNT if record["zones"] is None else record["zones"]
    loaded = {**record, "text": record["text"] or "", "zones": np.asarray(zones, dtype=np.float32)}
    for key in ("image", "label"):
        if record[key] is None:
            del loaded[key]
        else:
            loaded[key] = str(root / record[key])
    return loaded
