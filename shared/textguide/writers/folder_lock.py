"""One run at a time in a folder of results."""

from __future__ import annotations

import fcntl
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LOCK_NAME = ".segmentations.lock"
logger = logging.getLogger(__name__)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep other runs out of a folder; the system opens it again when the process ends, however it ends.

    Args:
        folder: is made where it is missing, and keeps a hidden file.

    Raises:
        OSError: the folder cannot be made or written to.
        ValueError: another run is in it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / LOCK_NAME, "ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ValueError(
                f"another run is writing into '{folder}'; wait for its end, or choose another output folder."
            ) from error
        except OSError as error:
            reason = error.strerror or os.strerror(error.errno or 0)
            logger.warning("'%s' cannot be locked (%s): start no second run into it", folder, reason)
        yield
