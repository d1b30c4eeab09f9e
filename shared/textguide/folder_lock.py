"""One run at a time in a folder: two would overwrite each other's results, checkpoints and best weights."""

from __future__ import annotations

import fcntl
import logging
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

LOCK_NAME = ".lock"
logger = logging.getLogger(__name__)
_HELD: dict[Path, AbstractContextManager[None]] = {}
"""Locks of trainings in this process, which may go on where one of its own has broken off."""


@contextmanager
def locked(folder: str | os.PathLike[str]) -> Iterator[None]:
    """Keep other runs out of a folder.

    The operating system holds the lock, so a killed process leaves none behind, only an empty hidden file. On
    a file system that knows no locks a line is logged, and nothing is held.

    Args:
        folder: is made where it is missing.

    Raises:
        OSError: the folder cannot be made or written to.
        ValueError: another run is in it.
    """
    Path(folder).mkdir(parents=True, exist_ok=True)
    with open(Path(folder) / LOCK_NAME, "ab") as file:
        refused: OSError | None = None
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            refused = error
        if isinstance(refused, BlockingIOError):  # no cause behind it: that would say less
            raise ValueError(
                f"another run is writing into '{folder}'; wait for its end, or choose another output folder."
            )
        if refused is not None:
            reason = refused.strerror or os.strerror(refused.errno or 0)
            logger.warning("'%s' cannot be locked (%s): start no second run into it", folder, reason)
        yield


def lock_folder(folder: str | os.PathLike[str]) -> None:
    """Enter `locked` and stay there, until `release_folder` or the end of the process.

    Raises:
        OSError: the folder cannot be made or written to.
        ValueError: another process is in it.
    """
    path = Path(folder).resolve()
    if path not in _HELD:
        lock = locked(folder)
        lock.__enter__()
        _HELD[path] = lock


def release_folder(folder: str | os.PathLike[str]) -> None:
    """Let others in again; where this process holds no lock, nothing happens."""
    lock = _HELD.pop(Path(folder).resolve(), None)
    if lock is not None:
        lock.__exit__(None, None, None)
