"""Mask -> file, in the size and the geometry of the image it belongs to."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from textguide.atomic_write import atomic_path


def write_mask(folder: Path, name: str, mask: np.ndarray, meta: Mapping[str, Any]) -> Path:
    """Write a mask: PNG of 0 and 255 for pictures and DICOM, NIfTI of 0 and 1 for NIfTI and volumes.

    What the reader mirrored to reach display order is turned back: the mask lies on the file's pixels. (An
    EXIF orientation is not: the mask lies on the picture as viewers show it.)

    Args:
        folder: where to.
        name: without ending; "/" makes folders.
        mask: (W, H) or (W, H, D), above 0 inside.
        meta: `kind`, `mirrored_axes` and `original_affine` of `textguide.data.image.read_image`.

    Returns:
        The file.

    Raises:
        ValueError: the mask has neither two nor three dimensions.
    """
    if mask.ndim not in (2, 3):
        raise ValueError(f"the mask has the shape {mask.shape}; (W, H) or (W, H, D) is allowed.")
    stored = undo_mirroring((mask > 0).astype(np.uint8), meta)
    path, volume_path = mask_paths(folder, name)
    if mask.ndim == 3 or meta.get("kind") == "NIfTI":
        return _write_nifti(volume_path, stored, meta)
    with atomic_path(path) as temporary:
        Image.fromarray(np.ascontiguousarray(stored.T) * np.uint8(255)).save(temporary, format="PNG")
    return path


def mask_paths(folder: Path, name: str) -> tuple[Path, Path]:
    """Return where the mask of a case would lie as a picture, and as NIfTI."""
    return folder / f"{name}_mask.png", folder / f"{name}_mask.nii.gz"


def undo_mirroring(array: np.ndarray, meta: Mapping[str, Any]) -> np.ndarray:
    """Turn an array (W, H[, D]) in display order back into the order of the file that `meta` belongs to."""
    for letter in meta.get("mirrored_axes", ""):
        array = np.flip(array, "xy".index(letter))
    return array


def _write_nifti(path: Path, stored: np.ndarray, meta: Mapping[str, Any]) -> Path:
    import nibabel

    affine = np.asarray(meta.get("original_affine", np.eye(4)), dtype=np.float64)
    image = nibabel.Nifti1Image(np.ascontiguousarray(stored), affine)
    image.header.set_xyzt_units("mm")
    with atomic_path(path) as temporary:
        nibabel.save(image, temporary)
    return path
