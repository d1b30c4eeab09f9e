"""Folder of results: for each case mask, overlay and a line, under names that do not collide."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textguide.writers.mask import write_mask
from textguide.writers.overlay import write_overlay
from textguide.writers.results import ResultsFile

if TYPE_CHECKING:
    import numpy as np

RESULTS_NAME = "segmentations.jsonl"


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
            name = wanted = (
                f"{name}_{path.name[len(_stem(path.name)) :].strip('.').replace('.', '_')}".rstrip("_")
            )
            number = 1
            while name.casefold() in taken:
                number += 1
                name = f"{wanted}_{number}"
            taken.add(name.casefold())
        names.append(name)
    return names


def name_case(case_id: str) -> str:
    """Make a file name of a case of a datalist, whose id is unique there: no folder, no hidden file."""
    return re.sub(r"[/\\\0]", "_", case_id).lstrip(".") or "_"


def _stem(name: str) -> str:
    lower = name.lower()
    ending = ".nii.gz" if lower.endswith(".nii.gz") else os.path.splitext(lower)[1]
    return name[: len(name) - len(ending)] if ending else name


class OutputFolder:
    """Where the results of a run go; each file is whole or absent.

    Args:
        path: is made with the first result.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self.results = ResultsFile(self.path / RESULTS_NAME)

    def write(
        self,
        name: str,
        image: np.ndarray,
        mask: np.ndarray,
        meta: dict[str, Any],
        captions: Sequence[str] = (),
        **record: Any,
    ) -> dict[str, Any]:
        """Write mask and overlay, then the line, so that a line stands for finished files.

        Args:
            name: of the case, from `name_cases`.
            image: (C, W, H[, D]), see `draw_overlay`.
            mask: (W, H[, D]).
            meta: of the image, see `textguide.data.image.read_image`.
            captions: beneath the overlay.
            record: what else the line says.

        Returns:
            The line: `case`, `image`, `mask` and `overlay` (paths below the folder), and the record.
        """
        mask_path = write_mask(self.path, name, mask, meta)
        overlay_path = write_overlay(self.path / f"{name}_overlay.png", image, mask, captions)
        line = {
            "case": name,
            "image": str(meta.get("filename_or_obj", "")),
            "mask": mask_path.relative_to(self.path).as_posix(),
            "overlay": overlay_path.relative_to(self.path).as_posix(),
            **record,
        }
        self.results.put(line)
        return line

    def finished(self, name: str, **expected: Any) -> bool:
        """Whether the case has a line with these values, and files that are not older than its image."""
        line = self.results.records.get(name)
        if line is None or any(line.get(key) != value for key, value in expected.items()):
            return False
        files = [self.path / str(line.get(key)) for key in ("mask", "overlay")]
        image = Path(str(line.get("image")))
        changed = image.stat().st_mtime if image.is_file() else 0.0
        return all(file.is_file() and file.stat().st_mtime >= changed for file in files)
