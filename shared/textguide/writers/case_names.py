"""Names of outputs: of an image its path without ending, of a case of a datalist its id."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from textguide.data.files import image_stem

_NO_NAME = re.compile(r"[/\\\x00-\x1f\x7f\ud800-\udfff]")
"""What no name of a file holds: signs of folders, of control, halves of surrogate pairs."""


def name_cases(
    images: Sequence[str | os.PathLike[str]], root: str | os.PathLike[str] | None = None
) -> list[str]:
    """Give each image a name without ending: its path below `root`, or its file name.

    Where two would share a name (a.png and a.jpg; also a.png and A.png, which some file systems do not tell
    apart), both carry their ending in it (a_png, a_jpg), and a number where that is not enough.
    """
    paths = [Path(os.path.abspath(image)) for image in images]
    base = Path(os.path.abspath(root)) if root is not None else None
    below = [
        path.relative_to(base) if base and path.is_relative_to(base) else Path(path.name) for path in paths
    ]
    plain = [path.with_name(_stem(path.name)).as_posix() for path in below]
    shared = Counter(name.casefold() for name in plain)
    names: list[str] = []
    taken: set[str] = {name.casefold() for name in plain if shared[name.casefold()] == 1}
    for name, path in zip(plain, below, strict=True):
        if shared[name.casefold()] > 1:
            ending = path.name.removeprefix(_stem(path.name)).strip(".").replace(".", "_")
            name = wanted = f"{name}_{ending}".rstrip("_")
            number = 1
            while name.casefold() in taken:
                number += 1
                name = f"{wanted}_{number}"
            taken.add(name.casefold())
        names.append(name)
    return names


def name_case(case_id: str) -> str:
    """Make a file name of the id of a case: no folder, no hidden file, nothing that cannot be written."""
    return _NO_NAME.sub("_", case_id).lstrip(".") or "_"


def _stem(name: str) -> str:
    """Take the ending off, unless what is left of an odd name is none."""
    stem = image_stem(name)
    return stem if stem.strip(".") else name
