"""Files that are whole or absent: written under another name, then moved over the final one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def atomic_path(path: str | os.PathLike) -> Iterator[Path]:
    """Give a temporary path beside `path`, which takes its place when the block ends without an error.

    A process that is killed half-way leaves the old file as it was, and its half under a hidden name that no
    other process takes. The folder is made where it is missing.

    Example:
        >>> with atomic_path("runs/last.pt") as temporary:
        ...     torch.save(state, temporary)
    """
    final = Path(path)
    final.parent.mkdir(parents=True, exist_ok=True)
    temporary = final.with_name(f".{os.getpid()}.partial.{final.name[-100:]}")  # its endings choose a format
    try:
        yield temporary
        with open(temporary, "rb") as written:
            os.fsync(written.fileno())
        os.replace(temporary, final)
    finally:
        with suppress(FileNotFoundError):
            temporary.unlink()
