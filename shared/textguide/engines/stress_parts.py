"""What a long evaluation has finished, kept so that an interrupted one goes on where it stopped."""

from __future__ import annotations

import hashlib
import json
import logging
import re
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from textguide.atomic_write import atomic_path
from textguide.engines.case_recorder import Arrays

logger = logging.getLogger(__name__)


class StressParts:
    """A folder with one file for each finished pass over the cases.

    A file counts only for the weights, the split, the cases, the settings and the very texts that it was made
    from; any other is made anew.

    Args:
        folder: of the files; it is made with the first one.
        identity: what else than its texts decides the result of a pass, as JSON would write it.
    """

    def __init__(self, folder: Path, identity: dict[str, Any]) -> None:
        self.folder = folder
        self.identity = identity

    def get(self, name: str, texts: Sequence[str | None], make: Callable[[], Arrays]) -> Arrays:
        """Return the arrays of a pass: those that are kept, or what `make` returns, which is kept then."""
        path = self.folder / f"{re.sub(r'[^A-Za-z0-9_]', '-', name)}.npz"
        described = json.dumps([self.identity, list(texts)], sort_keys=True)
        key = np.array(hashlib.sha256(described.encode()).hexdigest())
        kept = read_arrays(path)
        if kept.get("key") == key:
            logger.info("%s: kept from before", name)
            return kept
        arrays = make()
        with atomic_path(path) as temporary, temporary.open("wb") as file:
            np.savez_compressed(file, key=key, **arrays)  # type: ignore[arg-type]
        return arrays


def read_arrays(path: Path) -> Arrays:
    """Read the arrays of a file; of a missing or broken one none."""
    try:
        with np.load(path, allow_pickle=False) as file:
            return dict(file)
    except (OSError, ValueError, EOFError, zipfile.BadZipFile):
        return {}
