"""Synthetic data sets in the layouts of real ones: all runs with no download, and the truth is known."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from textguide.phantoms.chest import ChestPhantom, chest_phantom
from textguide.phantoms.faults import FAULTS
from textguide.phantoms.kvasir_layout import write_polyp_dataset
from textguide.phantoms.polyp import Polyp, PolypPhantom, polyp_phantom, write_prompts
from textguide.phantoms.qata_layout import write_chest_dataset

PHANTOMS: dict[str, Callable[..., Path]] = {"chest": write_chest_dataset, "polyp": write_polyp_dataset}
"""Writer by family: ``writer(root, training=.., validation=.., testing=.., **options) -> root``."""

__all__ = [
    "FAULTS",
    "PHANTOMS",
    "ChestPhantom",
    "Polyp",
    "PolypPhantom",
    "chest_phantom",
    "polyp_phantom",
    "write_chest_dataset",
    "write_polyp_dataset",
    "write_prompts",
]
