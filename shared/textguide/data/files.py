"""Image files on disk: one key that joins images, masks and texts, and the checks that name a bad file."""

from __future__ import annotations

import filecmp
import os
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from PIL import Image

PICTURE_ENDINGS = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".gif", ".webp")
"""Endings (compared without case) that Pillow reads; other files are checked for presence only."""
NIFTI_ENDINGS = (".nii.gz", ".nii")
DICOM_ENDINGS = (".dcm", ".dicom")
IMAGE_ENDINGS = (*PICTURE_ENDINGS, *NIFTI_ENDINGS, *DICOM_ENDINGS)
"""Endings by which the images of a folder are found, in lower case."""


def image_stem(name: str) -> str:
    """The name of an image without its folder (written on Windows too) and without its ending."""
    base = name.replace("\\", "/").rsplit("/", 1)[-1].strip()
    ending = next((ending for ending in IMAGE_ENDINGS if base.lower().endswith(ending)), "")
    return base[: len(base) - len(ending)] or base


def file_key(name: str) -> str:
    """The key that joins an image, its mask and its text: base name, no ending, no ``mask_``, case-folded.

    Public copies of one data set differ in exactly these four things, so ``mask_sub-S1.png``, ``sub-s1.PNG``
    and ``Images/sub-S1`` are one case.
    """
    return image_stem(name).casefold().removeprefix("mask_")


def index_images(folder: str | os.PathLike[str]) -> tuple[dict[str, Path], int]:
    """Find the images of one folder by key.

    Returns:
        The files by :func:`file_key`, and how many copies with equal bytes were left out (some public trees
        hold every image twice, as ``sub-S1.png`` and ``sub-s1.png``).

    Raises:
        ValueError: two files with one key differ in their bytes.
    """
    found: dict[str, Path] = {}
    copies = 0
    for path in sorted(Path(folder).iterdir(), key=lambda item: item.name):
        if path.suffix.casefold() not in PICTURE_ENDINGS or path.name.startswith("."):
            continue
        first = found.setdefault(file_key(path.name), path)
        if first is not path:
            require_equal(first, path)
            copies += 1
    return found, copies


def require_equal(first: Path, second: Path) -> None:
    """Raise ValueError when two files that stand for one case differ in their bytes."""
    if not filecmp.cmp(first, second, shallow=False):
        raise ValueError(
            f"'{first}' and '{second}' name the same case but differ in their bytes; "
            "copies must be equal: remove or rename the wrong one."
        )


def check_image(path: Path) -> tuple[int, int] | None:
    """Make sure that one file is there and whole.

    Returns:
        Columns and rows, or None for a file that is not Pillow's (DICOM, NIfTI), whose presence alone is
        checked.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is empty, truncated or no image.
    """
    if not path.is_file():
        raise FileNotFoundError(f"'{path}' is missing; complete the data set or remove the record.")
    if path.suffix.casefold() not in PICTURE_ENDINGS:
        return None
    try:
        with Image.open(path) as image:
            size = image.size
            if image.format == "PNG":
                image.verify()  # checksums of all chunks, without decoding
            else:
                image.draft(
                    "L", (1, 1)
                )  # a JPEG's only check is decoding; at an eighth of the size it is cheap
                image.load()
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise ValueError(
            f"'{path}' cannot be read as an image ({error}); download or export it again."
        ) from error
    return size


def check_images(paths: Iterable[Path]) -> Sequence[tuple[int, int] | None]:
    """Run :func:`check_image` over many files in parallel; the first bad one raises."""
    with ThreadPoolExecutor(max_workers=min(8, os.cpu_count() or 1)) as pool:
        return list(pool.map(check_image, paths))
