"""Whatever a caller hands over as an image -> array in (C, W, H[, D]) order and its geometry."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from monai.data import MetaTensor
from PIL import Image

from textguide.data.decoders import picture_array
from textguide.data.image import LARGEST_VALUE, read_image

_KEPT = ("filename_or_obj", "kind", "mirrored_axes", "orientation", "original_affine")
"""What a tensor that came out of `FilmReader` still knows of its file."""


def open_image(image: Any) -> tuple[np.ndarray, dict[str, Any]]:
    """Open an image.

    Args:
        image: a path; a Pillow image; or an array or tensor, x before y: a picture (W, H), (C, W, H) or
            (1, C, W, H), or a volume (C, W, H, D), where C is 1 or 3. A `MetaTensor` keeps its affine.

    Returns:
        (C, W, H[, D]) float32 and a dictionary like that of `read_image`.

    Raises:
        FileNotFoundError: there is no such file.
        TypeError: it is none of these.
        ValueError: the file cannot be read, or the array has another shape, or holds a value that is NaN,
            infinite or too large to be a measurement. (In a file such values are marks for "no value"; they
            are replaced, with a warning.)
    """
    if isinstance(image, (str, os.PathLike)):
        return read_image(image)
    notes: list[str] = []
    known: dict[str, Any] = {}
    if isinstance(image, Image.Image):
        array, notes = picture_array(image)
    elif isinstance(image, (np.ndarray, torch.Tensor)):
        if _is_batch_of_one(image.shape):
            image = image[0]
        if isinstance(image, MetaTensor):
            known = {key: image.meta[key] for key in _KEPT if key in image.meta}
            known["affine"] = _four_by_four(image.affine.numpy())
        array = _check_array(np.asarray(image.detach().cpu() if isinstance(image, torch.Tensor) else image))
    else:
        raise TypeError(
            f"image is {type(image).__name__}; a path, a Pillow image, a NumPy array or a tensor is allowed."
        )
    _check_values(array)
    defaults = {"filename_or_obj": "", "kind": "array", "mirrored_axes": "", "orientation": "assumed"}
    meta = {**defaults, "affine": np.eye(4), **known}
    if "original_affine" in known:
        meta["original_affine"] = _four_by_four(np.asarray(known["original_affine"]))
    else:
        meta["original_affine"] = meta["affine"]
    return array, {
        **meta,
        "spatial_shape": np.asarray(array.shape[1:]),
        "warnings": "\n".join(notes),
    }


def _check_array(array: np.ndarray) -> np.ndarray:
    if array.dtype.kind not in "buif":
        raise ValueError(f"the array holds {array.dtype}; numbers are allowed.")
    array = array[None] if array.ndim == 2 else array
    is_batch = array.ndim == 4 and array.shape[1] in (1, 3)
    if array.ndim not in (3, 4) or array.shape[0] not in (1, 3) or min(array.shape) < 1 or is_batch:
        hint = (
            "; it looks like rows, columns, colour: array.transpose(2, 1, 0) mends it"
            if array.shape[-1:] == (3,)
            else ""
        )
        raise ValueError(
            f"the array has the shape {array.shape}; allowed is a picture (W, H), (C, W, H) or (1, C, W, H), "
            f"or a volume (C, W, H, D), with C 1 or 3, x before y{hint}."
        )
    with np.errstate(over="ignore"):  # what exceeds float32 becomes infinite, and is refused
        return np.ascontiguousarray(array, dtype=np.float32)


def _is_batch_of_one(shape: Sequence[int]) -> bool:
    """Tell (1, C, W, H) from a volume: none has only one column, or three."""
    return len(shape) == 4 and shape[0] == 1 and shape[1] in (1, 3)


def _check_values(array: np.ndarray) -> None:
    if array.min() > -LARGEST_VALUE and array.max() < LARGEST_VALUE:  # NaN compares as False
        return
    bad = array.size - int(np.count_nonzero(np.abs(array) < LARGEST_VALUE))
    raise ValueError(
        f"the array holds {bad} values of {array.size} that are NaN, infinite or beyond {LARGEST_VALUE:.0e}; "
        "replace them by what the background has."
    )


def _four_by_four(affine: np.ndarray) -> np.ndarray:
    """Fill the affine of a 2-D tensor (3, 3) up to three dimensions."""
    if affine.shape == (4, 4):
        return affine.astype(np.float64)
    full = np.eye(4)
    full[:2, :2], full[:2, 3] = affine[:2, :2], affine[:2, -1]
    return full
