"""Files that are whole or absent: written under another name, then moved over the final one."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_KEPT = 40
"""So many letters of a name stay in its temporary one: four bytes each are still a name."""


@contextmanager
def atomic_path(path: str | os.PathLike) -> Iterator[Path]:
    """Give a temporary path beside `path`, which takes its place when the block ends without an error.

    A process that is killed half-way leaves the old file as it was, and its half under a hidden name that no
    other process takes, on this machine or another. The folder is made where it is missing.

    Example:
        >>> with atomic_path("runs/last.pt") as temporary:
        ...     torch.save(state, temporary)

    Raises:
        OSError: what the block or the system raises; a full disk names `path`.
    """
    final = Path(path)
    final.parent.mkdir(parents=True, exist_ok=True)
    # Its endings choose a format. Processes of two containers may share a number, so chance gives the name.
    temporary = final.with_name(f".{secrets.token_hex(6)}.partial.{final.name[-_KEPT:]}")
    try:
        with naming_errors(final, instead_of=temporary):
            yield temporary
            with open(temporary, "rb") as written:
                os.fsync(written.fileno())
            os.replace(temporary, final)
    finally:
        with suppress(FileNotFoundError):
            temporary.unlink()


@contextmanager
def naming_errors(path: Path, instead_of: Path | None = None) -> Iterator[None]:
    """Let an error of the system that names no file name this one: a full disk does not say what it held.

    Args:
        path: what the block writes.
        instead_of: a name that means nothing to a user.

    Raises:
        OSError: of the block, with `path` as its `filename`.
    """
    try:
        yield
    except OSError as error:
        nameless = error.filename is None and error.errno is not None
        if nameless or (instead_of is not None and error.filename == os.fspath(instead_of)):
            error.filename = os.fspath(path)
        raise
