"""The datalist: one JSON file that says which image, mask and text belong together, and in which section.

Every data set is turned into this form once (``textguide datalist NAME DIR``); training, evaluation and the
bundles read nothing else. Paths and texts are data: they are kept and handed on verbatim, whatever they hold.

A label is a plain path to the data set's own mask. One rule reads the masks of all data sets here: take the
largest of the first three channels (fewer where there are fewer, never the alpha channel), and the foreground
is where it exceeds 127, or exceeds 0 if no value of the mask exceeds 3 (masks that hold class numbers). JPEG
masks have ringing values around their edges, so the threshold comes before any resizing.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

from textguide.atomic_write import atomic_path
from textguide.data.files import check_images, require_equal
from textguide.data.schema import (
    HEADER_KEYS,
    SECTIONS,
    check_cases,
    check_schema,
    iterate_records,
)


def split_hash(datalist: dict[str, Any]) -> str:
    """SHA-256 of the split: which case, with which text, in which section.

    Folders, the letter case of file names and the order of the records do not enter, so two machines that
    keep the same data in different layouts get the same value.
    """
    lines = [_identity(section, record) for section, _, record in iterate_records(datalist)]
    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()


def write_datalist(datalist: dict[str, Any], path: str | os.PathLike[str]) -> Path:
    """Write a datalist, sorted by case, one record a line, with its split hash.

    Args:
        datalist: header keys ``name``, ``modality``, ``labels``, ``license_note``, optionally ``notes``, and
            the three sections.
        path: the JSON file to write.

    Raises:
        TypeError: a value has the wrong type.
        ValueError: a key is unknown or missing, a value is not allowed, or a case stands twice.
    """
    check_schema(datalist)
    check_cases(datalist)
    header = {key: datalist[key] for key in (*HEADER_KEYS, "notes") if key in datalist}
    header["split_sha256"] = split_hash(datalist)
    parts = [f"{json.dumps(key)}: {json.dumps(value)}" for key, value in header.items()]
    for section in SECTIONS:
        records = sorted(datalist[section], key=lambda record: (record["case_id"], record["image"]))
        rows = ",\n  ".join(json.dumps(record, allow_nan=False) for record in records)
        parts.append(f'"{section}": [\n  {rows}\n ]' if rows else f'"{section}": []')
    with atomic_path(path) as temporary:
        temporary.write_text("{\n " + ",\n ".join(parts) + "\n}\n", encoding="utf-8")
    return Path(path)


def read_datalist(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Read a datalist file as it stands and check its schema, its cases and its split hash.

    Raises:
        FileNotFoundError: there is no such file; the message names the command that makes it.
        TypeError: a value of the file has the wrong type.
        ValueError: the file is no JSON, breaks the schema, names a case twice, or was changed after it was
            written.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(
            f"'{path}' is missing; make it with `textguide datalist qata {path.parent}` "
            "(for another data set write its name in place of qata)."
        )
    try:
        datalist = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(
            f"'{path}' is not JSON ({error}); make it again with `textguide datalist`."
        ) from error
    try:
        check_schema(datalist)
        check_cases(datalist)
    except (TypeError, ValueError) as error:
        raise type(error)(f"'{path}': {error}") from error
    stored = datalist.get("split_sha256")
    if stored is not None and stored != split_hash(datalist):
        raise ValueError(
            f"'{path}' was changed after it was written (its split_sha256 does not match its records); "
            "make it again with `textguide datalist`, or remove the key split_sha256 if the change is meant."
        )
    return datalist


def check_datalist(datalist: dict[str, Any], dataset_dir: str | os.PathLike[str]) -> dict[str, Any]:
    """Check a datalist against its files: every one is there and whole, and no case stands twice.

    Cases are compared by case-folded ``case_id``. Of duplicates with equal bytes and texts one is kept, the
    one in the later section (testing before validation before training), so that nothing leaks into training.

    Returns:
        A copy without duplicates, whose ``notes`` count what was dropped and name pairs of different size.

    Raises:
        FileNotFoundError: an image or a label is missing.
        TypeError: a value has the wrong type.
        ValueError: a file is unreadable, two records of one case contradict each other, or the schema is
            broken.
    """
    check_schema(datalist)
    root = Path(os.path.abspath(dataset_dir))
    records = [record for _, _, record in iterate_records(datalist)]
    files = sorted({root / path for record in records for path in (record["image"], record["label"]) if path})
    sizes = dict(zip(files, check_images(files), strict=True))
    checked: dict[str, Any] = {**datalist, **{section: [] for section in SECTIONS}}
    kept: dict[str, dict[str, Any]] = {}
    for section in reversed(SECTIONS):
        for record in datalist[section]:
            first = kept.setdefault(record["case_id"].casefold(), record)
            if first is record:
                checked[section].append(record)
            else:
                _require_same_case(first, record, root)
    labelled = [record for record in kept.values() if record["label"] is not None]
    uneven = [r["image"] for r in labelled if sizes[root / r["image"]] != sizes[root / r["label"]]]
    notes = list(datalist.get("notes", []))
    if len(records) > len(kept):
        notes.append(f"{len(records) - len(kept)} duplicates with equal bytes were dropped.")
    if uneven:
        notes.append(f"{len(uneven)} images differ in size from their label, the first: {uneven[0]}.")
    return {**checked, "notes": notes}


def summarize_datalist(datalist: dict[str, Any]) -> str:
    """A few lines for the user: records per section, groups shared between sections, notes, split hash."""
    groups = {section: {record["group_id"] for record in datalist[section]} for section in SECTIONS}
    counts = ", ".join(f"{section} {len(datalist[section])}" for section in SECTIONS)
    pairs = [(a, b) for i, a in enumerate(SECTIONS) for b in SECTIONS[i + 1 :]]
    shared = ", ".join(f"{a}/{b} {len(groups[a] & groups[b])}" for a, b in pairs)
    lines = [f"{datalist['name']}: {counts}", f"patients (groups) shared between sections: {shared}"]
    lines += [f"note: {note}" for note in datalist.get("notes", [])]
    return "\n".join([*lines, f"split sha256: {split_hash(datalist)}"])


def _identity(section: str, record: dict[str, Any]) -> str:
    zones = None if record["zones"] is None else [int(zone) for zone in record["zones"]]
    return json.dumps(
        [
            section,
            record["case_id"].casefold(),
            record["group_id"].casefold(),
            record["text"] or "",
            zones,
            record["side_convention"],
            record["label"] is not None,
            record.get("class_label"),
            record.get("slice_index"),
        ]
    )


def _require_same_case(first: dict[str, Any], second: dict[str, Any], root: Path) -> None:
    for key in ("image", "label"):
        if first[key] is not None and second[key] is not None:
            require_equal(root / first[key], root / second[key])
    if (first["text"] or "") != (second["text"] or ""):
        raise ValueError(f"'{root / second['image']}' stands twice, with different texts; keep one record.")
