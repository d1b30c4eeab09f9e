"""Data sets: each one's own layout on disk -> a datalist, which everything else reads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from textguide.data.datalist import (
    check_datalist,
    load_datalist,
    read_datalist,
    split_hash,
    summarize_datalist,
    write_datalist,
)
from textguide.data.qata import qata_datalist

DATASETS: dict[str, Callable[..., dict[str, Any]]] = {"qata": qata_datalist}
"""Reader by data set name: ``reader(root, **options) -> datalist``. One more data set is one module and one entry."""

__all__ = [
    "DATASETS",
    "check_datalist",
    "load_datalist",
    "qata_datalist",
    "read_datalist",
    "split_hash",
    "summarize_datalist",
    "write_datalist",
]
