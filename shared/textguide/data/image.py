"""One reader for every image that a user brings: PNG, JPEG, TIFF, BMP, GIF, WebP, NIfTI and one DICOM file.

What comes out is the same for all: an array in MONAI's order, (C, W, H) or (C, W, H, D), laid out as a
viewer displays it (image left = the patient's right, where the file knows), and the geometry that a writer
needs to turn back. The content of the file decides, not its name.
"""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from monai.data import ImageReader
from numpy.typing import NDArray

from textguide.data.decoders import Decoded, Refused, decode_dicom, decode_nifti, decode_picture
from textguide.data.files import DICOM_ENDINGS, NIFTI_ENDINGS
from textguide.data.files import (
    IMAGE_ENDINGS as IMAGE_ENDINGS,
)  # for those who look for what `read_image` reads

PIXEL_LIMIT = 100_000_000
"""Largest picture that is decoded, in pixels: a file of a few kB can unfold to any size."""
LARGEST_VALUE = 1e18
"""Size from which a value is no measurement, but a mark for "no value"; its square must fit into float32."""
_NIFTI_PAIR = (".hdr", ".img")  # a header and its pixels, of which nobody keeps folders
_DECODERS: dict[str, Callable[[Path, int], Decoded]] = {
    "an image": decode_picture,
    "a NIfTI file": decode_nifti,
    "a DICOM file": decode_dicom,
}


def read_image(
    path: str | os.PathLike[str], max_pixels: int = PIXEL_LIMIT
) -> tuple[NDArray[np.float32], dict[str, Any]]:
    """Read one image file.

    Args:
        path: the file; its content decides how it is read.
        max_pixels: the largest width times height that is decoded; a volume may have five times that.

    Returns:
        The array, (C, W, H), or (C, W, H, D) for a NIfTI with three axes, C 1 or 3, float32 in the file's
        own range, and a dictionary that collates: ``filename_or_obj``; ``kind`` ("PNG", "NIfTI", "DICOM" ..);
        ``spatial_shape``; ``affine`` (4, 4) of the array and ``original_affine`` of the file;
        ``mirrored_axes`` ("", "x", "y" or "xy": what was flipped to reach the display's order);
        ``orientation`` ("known", or "assumed" where the file does not tell, or where the picture's halves are
        not the patient's sides); ``modality`` ("DX", "CT" .. of a DICOM file, else ""); ``warnings`` (one a
        line).

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is a folder, empty, larger than allowed, broken, or of another kind.
    """
    name = os.fspath(path)
    kind = _find_kind(Path(name))
    try:
        decoded = _DECODERS[kind](Path(name), max_pixels)
        array, notes = make_finite(decoded.array)
    except Refused as error:
        raise ValueError(f"{name!r} {error}.") from error
    except MemoryError as error:
        raise ValueError(f"{name!r} does not fit into memory.") from error
    except Exception as error:  # a decoder raises whatever its library happens to raise on a broken file
        reason = " ".join(str(error).split()).rstrip(".") or type(error).__name__
        raise ValueError(f"{name!r} cannot be read as {kind}: {reason[:300]}.") from error
    return array, {
        "filename_or_obj": name,
        "kind": decoded.kind,
        "spatial_shape": np.asarray(array.shape[1:]),
        "original_channel_dim": 0,
        "affine": decoded.affine,
        "original_affine": decoded.original_affine,
        "space": "RAS",
        "mirrored_axes": decoded.mirrored_axes,
        "orientation": decoded.orientation,
        "modality": decoded.modality,
        "warnings": "\n".join([*decoded.warnings, *notes]),
    }


class FilmReader(ImageReader):
    """Reads as `read_image` does, for the ``reader`` of MONAI's `LoadImaged`.

    MONAI tries its other readers after one that fails in `read`. A broken file must not reach them (they
    would ignore orientation and size limit): the file is opened in `get_data`, whose error ends the loading.

    Args:
        max_pixels: the largest width times height that is decoded.
    """

    def __init__(self, max_pixels: int = PIXEL_LIMIT) -> None:
        super().__init__()
        self.max_pixels = max_pixels

    def verify_suffix(self, filename: Any) -> bool:
        """Say yes: the content of a file decides, not its name."""
        return True

    def read(self, data: Any, **kwargs: Any) -> list[str]:
        """Return the path(s) that `get_data` opens."""
        return [os.fspath(path) for path in ([data] if isinstance(data, (str, os.PathLike)) else data)]

    def get_data(self, img: Sequence[str]) -> tuple[np.ndarray, dict[str, Any]]:
        """Read the file.

        Raises:
            FileNotFoundError: there is no such file.
            ValueError: more than one file, or `read_image` refuses it.
        """
        if len(img) != 1:
            raise ValueError(f"{len(img)} files were given as one image; one file is read at a time.")
        return read_image(img[0], self.max_pixels)


def _find_kind(path: Path) -> str:
    name = os.fspath(path)
    if not path.exists():
        raise FileNotFoundError(f"{name!r} does not exist.")
    if path.is_dir():
        raise ValueError(f"{name!r} is a folder; one image file is expected.")
    with open(path, "rb") as file:
        head = file.read(132)
    if not head:
        raise ValueError(f"{name!r} is empty (0 bytes).")
    if head[128:] == b"DICM" or name.lower().endswith(DICOM_ENDINGS):
        return "a DICOM file"
    if name.lower().endswith((*NIFTI_ENDINGS, *_NIFTI_PAIR)):
        return "a NIfTI file"
    if _starts_as_nifti(_unzipped_head(path) if head.startswith(b"\x1f\x8b") else head):
        raise ValueError(f"{name!r} holds NIfTI under another name; rename it to end in .nii or .nii.gz.")
    return "an image"


def _starts_as_nifti(head: bytes) -> bool:
    return any(int.from_bytes(head[:4], order) in (348, 540) for order in ("little", "big"))  # type: ignore[arg-type]


def _unzipped_head(path: Path) -> bytes:
    try:
        with gzip.open(path) as file:
            return file.read(4)
    except (OSError, EOFError):
        return b""


def make_finite(array: np.ndarray) -> tuple[NDArray[np.float32], list[str]]:
    """Replace NaN, infinite and absurd values (around the patient in resampled NIfTI files) by the least.

    Raises:
        Refused: no other value is left.
    """
    if array.min() > -LARGEST_VALUE and array.max() < LARGEST_VALUE:  # NaN compares as False
        return array, []
    usable = np.abs(array) < LARGEST_VALUE
    bad = usable.size - int(np.count_nonzero(usable))
    kinds = f"NaN, infinite or beyond {LARGEST_VALUE:.0e}"
    if bad == usable.size:
        raise Refused(f"holds no finite value (all {bad} are {kinds})")
    filled = np.where(usable, array, array[usable].min()).astype(np.float32)
    return filled, [f"{bad} values that are {kinds} were replaced by the smallest other one"]
