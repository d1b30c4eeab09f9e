"""Data sets: each one's own layout on disk -> a datalist, which everything else reads."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from textguide.data.datalist import (
    check_datalist,
    read_datalist,
    split_hash,
    summarize_datalist,
    write_datalist,
)
from textguide.data.polyp import bkai_datalist, kvasir_datalist
from textguide.data.pseudo_labels import PseudoLabels, label_zones, location_phrase
from textguide.data.qata import qata_datalist
from textguide.data.records import load_datalist
from textguide.data.table import table_datalist
from textguide.data.zone_clusters import ZoneClusters, fit_zone_clusters
from textguide.data.zone_report import report_zones

DATASETS: dict[str, Callable[..., dict[str, Any]]] = {
    "qata": qata_datalist,
    "kvasir": kvasir_datalist,
    "bkai": bkai_datalist,
    "table": table_datalist,
}
"""Reader by name: ``reader(root, **options) -> datalist``. One more data set: one module, one entry here."""

__all__ = [
    "DATASETS",
    "PseudoLabels",
    "ZoneClusters",
    "bkai_datalist",
    "check_datalist",
    "fit_zone_clusters",
    "kvasir_datalist",
    "label_zones",
    "load_datalist",
    "location_phrase",
    "make_datalist",
    "qata_datalist",
    "read_datalist",
    "report_zones",
    "split_hash",
    "summarize_datalist",
    "table_datalist",
    "write_datalist",
]


def make_datalist(
    name: str, root: str | os.PathLike[str], /, filename: str = "datalist.json", **options: Any
) -> tuple[Path, str]:
    """Read a data set, check it against its files and write its datalist.

    Args:
        name: one of :data:`DATASETS`.
        root: the data set's folder (for ``table`` also the table itself).
        filename: the datalist's name; it is written into the folder that its paths are relative to.
        options: handed to the data set's reader.

    Returns:
        The file written, and a summary of a few lines for the user.

    Raises:
        FileNotFoundError: files are missing.
        TypeError: an option that the reader does not know.
        ValueError: an unknown name, or data that contradict each other or cannot be read.
    """
    if name not in DATASETS:
        raise ValueError(f"{name!r} is no known data set; allowed: {', '.join(DATASETS)}.")
    folder = Path(os.path.abspath(options.get("dataset_dir") or root))
    folder = folder if folder.is_dir() else folder.parent
    datalist = check_datalist(DATASETS[name](root, **options), folder)
    return write_datalist(datalist, folder / filename), summarize_datalist(datalist)
