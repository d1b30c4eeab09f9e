"""One training a folder: two would overwrite each other's checkpoints and best weights."""

from __future__ import annotations

import fcntl
import logging
import os
from pathlib import Path
from typing import IO

logger = logging.getLogger(__name__)

LOCK_NAME = ".lock"
_HELD: dict[Path, IO[str]] = {}
"""The locks of this process: it may go on in a folder where a training of its own has broken off."""


def lock_folder(folder: str | os.PathLike[str]) -> None:
    """Keep the trainings of other processes out of a folder, until it is released or this process ends.

    The operating system holds the lock, so a killed process leaves none behind, only the empty file `.lock`.
    On a file system that knows no locks a line is logged, and nothing is held.

    Args:
        folder: is made where it is missing.

    Raises:
        ValueError: another process holds it.
    """
    path = Path(folder).resolve() / LOCK_NAME
    if path in _HELD:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    file = path.open("a")
    refused: OSError | None = None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        refused = error
    if refused is None:
        _HELD[path] = file
        return
    file.close()
    if isinstance(refused, BlockingIOError):
        raise ValueError(
            f"another training is writing into '{folder}'; choose another output_dir, or wait for its end"
        )
    logger.warning("'%s' cannot be locked (%s): start no second training in it", folder, refused.strerror)


def release_folder(folder: str | os.PathLike[str]) -> None:
    """Let others in again; where this process holds no lock, nothing happens."""
    file = _HELD.pop(Path(folder).resolve() / LOCK_NAME, None)
    if file is not None:
        file.close()
