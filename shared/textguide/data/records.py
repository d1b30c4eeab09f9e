"""A section of a datalist -> records in memory, as a MONAI dataset takes them."""

from __future__ import annotations

import hashlib
import logging
import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from textguide.data.datalist import read_datalist
from textguide.data.schema import SECTIONS, ZONE_COUNT
from textguide.data.sides import convert_sides

logger = logging.getLogger(__name__)


def load_datalist(
    dataset_dir: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
    section: str,
    filename: str = "datalist.json",
    fraction: float = 1.0,
    also: Sequence[str | os.PathLike[str]] = (),
    side_convention: str | None = None,
    supervised: bool = False,
) -> list[dict[str, Any]]:
    """Read one section as records for a MONAI dataset.

    Args:
        dataset_dir: the folder that holds ``filename``, or several folders, whose records are joined.
        section: ``training``, ``validation`` or ``testing``.
        filename: name of the datalist inside each folder.
        fraction: part of each folder's records, in (0, 1], rounded up. A smaller part lies within a larger
            one, on every machine.
        also: further folders, whose records follow (phantoms beside real films).
        side_convention: whose left the network reads, "image" or "patient": texts and zones of the other
            convention are mirrored. None leaves all as they are.
        supervised: the records are to be learnt from or scored: there must be some, each with a label. Groups
            (patients) that stand in the training too are then warned of.

    Returns:
        Records with absolute ``image`` and ``label`` paths (no ``label`` key where there is none), ``text``
        ("" where there is none), ``zones``: (6,) float32, six NaN where unknown, what the datalist itself
        says as ``given_text`` and ``given_side``, and of its head ``dataset`` (the name), ``modality`` and
        ``label_names`` ("1: polyp").

    Raises:
        FileNotFoundError: there is no datalist; the message names the command that makes it.
        TypeError: a value of the file has the wrong type.
        ValueError: unknown section or side, fraction out of range, a file that :func:`read_datalist`
            refuses, or nothing to learn from or to score.
    """
    if section not in SECTIONS:
        raise ValueError(f"section is {section!r}; allowed: {', '.join(SECTIONS)}.")
    if not 0.0 < fraction <= 1.0:
        raise ValueError(f"fraction is {fraction}; allowed: above 0, up to 1.")
    folders = [dataset_dir] if isinstance(dataset_dir, (str, os.PathLike)) else list(dataset_dir)
    folders += also
    if not folders:
        raise ValueError("dataset_dir is an empty list; give at least one folder.")
    loaded = []
    for root in (Path(os.path.abspath(folder)) for folder in folders):
        datalist = read_datalist(root / filename)
        if supervised:
            _check_supervision(datalist, section, root / filename)
        records = convert_sides(_subset(datalist[section], fraction), side_convention)
        loaded += [{**_in_memory(record, root), **_head(datalist)} for record in records]
    if supervised and not loaded:
        raise ValueError(
            f"'{Path(folders[0]) / filename}' has no case in {section}; make a datalist that has some, or "
            "choose another section."
        )
    return loaded


def _head(datalist: dict[str, Any]) -> dict[str, str]:
    """What each record says of its data set, in strings, which collate."""
    names = ", ".join(f"{value}: {name}" for value, name in datalist["labels"].items())
    return {"dataset": datalist["name"], "modality": datalist["modality"], "label_names": names}


def _check_supervision(datalist: dict[str, Any], section: str, path: Path) -> None:
    records = datalist[section]
    bare = [record["image"] for record in records if record["label"] is None]
    if bare:
        raise ValueError(
            f"'{path}': {len(bare)} of {len(records)} cases in {section} have no label (first: {bare[0]!r}) "
            "and cannot be scored; give them one, or segment them only (textguide segment, inference.json)."
        )
    trained = {record["group_id"] for record in datalist["training"]} if section != "training" else set()
    shared = len(trained & {record["group_id"] for record in records})
    if shared:
        logger.warning("%d groups (patients) of %s are in the training of '%s' too", shared, section, path)


def _subset(records: list[dict[str, Any]], fraction: float) -> list[dict[str, Any]]:
    """The records that come first by a hash of their case, in the order of the file."""
    wanted = math.ceil(round(fraction * len(records), 6))  # 0.1 * 30 is 3.0000000000000004
    names = [record["case_id"].encode("utf-8", "surrogatepass") for record in records]
    ranks = [hashlib.sha256(name).digest() for name in names]
    chosen = sorted(range(len(records)), key=ranks.__getitem__)[:wanted]
    return [records[number] for number in sorted(chosen)]


def _in_memory(record: dict[str, Any], root: Path) -> dict[str, Any]:
    zones = [math.nan] * ZONE_COUNT if record["zones"] is None else record["zones"]
    loaded = {**record, "zones": np.asarray(zones, dtype=np.float32)}
    for key in ("image", "label"):
        if record[key] is None:
            del loaded[key]
        else:
            loaded[key] = str(root / record[key])
    return loaded
