"""Decoders: picture (Pillow), NIfTI (nibabel), DICOM (pydicom) -> array in display order, with geometry.

Choices, where the formats leave one:

* An EXIF orientation is applied, as viewers do; a mask then has the displayed orientation.
* Alpha is dropped without blending: the stored pixel is the measurement. Holes give a warning.
* Grey values keep their depth (16 bits stay 16). Colour of 16 bits a channel is read with 8, with a notice.
* NIfTI and DICOM whose columns run to the patient's right, or whose rows run to front or head, are flipped.
* A lateral film, or a picture that is turned, is not turned back: its halves are not the patient's sides, so
  there is a warning, and how the patient lies does not count as known.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageOps

_PILLOW_FORMATS = ("PNG", "JPEG", "TIFF", "BMP", "DIB", "GIF", "WEBP", "JPEG2000", "PPM")
_VOXELS_PER_PIXEL = 5
_EXIF_ORIENTATION = 0x0112
_MIRRORED = "mirrored for reading, so that image left is the patient's right"
_SIDEWAYS = "a lateral or turned picture: its left and right halves are not the patient's sides"
_ALONG_AN_AXIS = 0.8
"""Least cosine between the picture's columns and the axis from side to side; a gantry is tilted by less."""
_LATERAL_VIEWS = ("LL", "RL", "LAT", "LATERAL")
_SLICES = ("CT", "MR", "PT", "NM", "US")
_NO_PICTURES = ("RTDOSE", "SEG")


class Refused(Exception):
    """The file is not what is read here; the message goes on after the file's name."""


@dataclass
class Decoded:
    """What a decoder found.

    Attributes:
        array: (C, W, H[, D]) float32, C 1 or 3.
        kind: the format's name.
        affine: (4, 4), of the array.
        original_affine: (4, 4), of the file.
        mirrored_axes: "", "x", "y" or "xy".
        orientation: "known" where the file says that the picture's halves are the patient's sides, else
            "assumed".
        modality: as the file gives it ("DX", "CT" ..); "" where it does not.
        warnings: what a user should know.
    """

    array: np.ndarray
    kind: str
    affine: np.ndarray = field(default_factory=lambda: np.eye(4))
    original_affine: np.ndarray = field(init=False)
    mirrored_axes: str = ""
    orientation: str = "assumed"
    modality: str = ""
    warnings: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.original_affine = self.affine


def decode_picture(path: Path, max_pixels: int) -> Decoded:
    """Decode what Pillow reads; of several frames the first."""
    if Image.MAX_IMAGE_PIXELS is not None and max_pixels > Image.MAX_IMAGE_PIXELS:
        Image.MAX_IMAGE_PIXELS = max_pixels  # or Pillow's own, lower limit comes first; ours is checked below
    try:
        picture = Image.open(path, formats=_PILLOW_FORMATS)
    except Image.DecompressionBombError as error:
        raise Refused(f"has too many pixels; up to {max_pixels} are decoded (max_pixels)") from error
    except Image.UnidentifiedImageError as error:
        kinds = "PNG, JPEG, TIFF, BMP, GIF, WebP, NIfTI and DICOM"
        raise Refused(f"is not an image of a known kind, or its head is broken; {kinds} are read") from error
    with picture:
        _check_size((picture.width, picture.height), max_pixels)
        frames = getattr(picture, "n_frames", 1)
        notes = [f"the file has {frames} frames: the first one was read"] if frames > 1 else []
        if not picture.mode.startswith("I") and any(";16" in str(tile[3]) for tile in picture.tile):
            notes.append("16 bits per colour channel were read with 8")
        kind = str(picture.format)
        array, more = picture_array(picture)
    return Decoded(array=array, kind=kind, warnings=[*notes, *more])


def picture_array(picture: Image.Image) -> tuple[np.ndarray, list[str]]:
    """Turn a Pillow image into an array.

    Returns:
        (C, W, H) float32, C 1 or 3, in the orientation of its EXIF data, and the warnings.
    """
    notes = []
    if picture.getexif().get(_EXIF_ORIENTATION, 1) in range(2, 9):
        notes.append("the EXIF orientation was applied: the mask has the displayed orientation")
        picture = ImageOps.exif_transpose(picture)
    if picture.mode in ("LA", "La", "PA", "RGBA", "RGBa") or (
        picture.mode == "P" and "transparency" in picture.info
    ):
        opaque = picture.convert("RGBA")
        if opaque.getchannel("A").getextrema()[0] < 255:  # type: ignore[operator]
            notes.append("transparency was dropped: every pixel counts with its stored colour")
        picture = (
            opaque.convert("RGB").convert("L") if picture.mode in ("LA", "La") else opaque.convert("RGB")
        )
    if picture.mode == "1":
        picture = picture.convert("L")
    elif picture.mode not in ("L", "I", "F", "RGB") and not picture.mode.startswith("I;16"):
        picture = picture.convert("RGB")
    array = np.asarray(picture, dtype=np.float32)
    array = array.T if array.ndim == 3 else array.T[None]  # (H, W[, C]) -> (C, W, H)
    return np.ascontiguousarray(array), notes


def decode_nifti(path: Path, max_pixels: int) -> Decoded:
    """Decode a NIfTI slice (W, H) or volume (W, H, D); an RGB data type gives three channels."""
    import nibabel

    image: Any = nibabel.load(path)
    shape = tuple(int(size) for size in image.shape)
    while len(shape) > 3 and shape[-1] == 1:
        shape = shape[:-1]
    if len(shape) not in (2, 3):
        raise Refused(f"has the shape {shape}; a slice (W, H) or a volume (W, H, D) is read")
    _check_size(shape, max_pixels)
    stored_type = image.get_data_dtype()
    if stored_type.kind == "c":
        raise Refused("holds complex numbers; real values are read")
    if stored_type.names:
        stored = np.asanyarray(image.dataobj)
        channels = [stored[key].reshape(shape) for key in stored_type.names[:3]]
        array = np.stack(channels).astype(np.float32)  # (C, W, H[, D])
    else:
        with np.errstate(over="ignore"):  # what exceeds float32 becomes infinite, which is reported
            array = np.asanyarray(image.dataobj, dtype=np.float32).reshape(1, *shape)
    affine = np.asarray(image.affine, dtype=np.float64)
    # Whoever saves an array with an identity affine, or with spacing alone, says nothing about the patient;
    # nor does a header whose two codes are 0, for which nibabel makes up an affine.
    said = any(int(image.header.get(code, 0)) for code in ("sform_code", "qform_code"))
    said = said and not np.array_equal(affine, np.diag(np.abs(np.diag(affine))))
    return _displayed(Decoded(array, "NIfTI", affine), _axes(affine[:3, :2].T, "RASLPI") if said else "")


def decode_dicom(path: Path, max_pixels: int) -> Decoded:
    """Decode one frame: modality and VOI transformation applied, bright is high (MONOCHROME1 is inverted)."""
    import pydicom
    from pydicom.pixels import apply_color_lut, apply_modality_lut, apply_voi_lut

    dataset = pydicom.dcmread(path)
    modality = str(dataset.get("Modality") or "").upper()
    if modality in _NO_PICTURES:
        raise Refused(f"is a DICOM file of the modality {modality}, which is no picture of a patient")
    if "PixelData" not in dataset:
        raise Refused("is a DICOM file without pixels")
    frames = int(dataset.get("NumberOfFrames") or 1)
    if frames > 1:
        raise Refused(f"is a DICOM file of {frames} frames; one frame is read")
    _check_size((int(dataset.Columns), int(dataset.Rows)), max_pixels)
    stored = dataset.pixel_array
    photometric = str(dataset.PhotometricInterpretation)
    if photometric == "PALETTE COLOR":
        stored = apply_color_lut(stored, dataset)
    elif stored.ndim == 2:
        stored = apply_voi_lut(apply_modality_lut(stored, dataset), dataset)
    array = stored.astype(np.float32).T  # (H, W[, C]) -> ([C, ]W, H)
    array = array if array.ndim == 3 else array[None]
    if photometric == "MONOCHROME1":
        array = array.max() + array.min() - array
    spacing = dataset.get("PixelSpacing") or dataset.get("ImagerPixelSpacing") or (1.0, 1.0)
    affine = np.diag([float(spacing[1]), float(spacing[0]), 1.0, 1.0])
    decoded = Decoded(array, "DICOM", affine, modality=modality)
    if modality in _SLICES:
        decoded.warnings.append(f"a slice (DICOM modality {modality}), no film: is the bundle made for it?")
    return _displayed(decoded, _dicom_axes(dataset), _is_lateral(dataset))


def _is_lateral(dataset: Any) -> bool:
    codes = dataset.get("ViewCodeSequence") or []
    meanings = " ".join(str(code.get("CodeMeaning") or "") for code in codes).lower()
    view = str(dataset.get("ViewPosition") or "").upper()
    return view in _LATERAL_VIEWS or ("lateral" in meanings and "decubitus" not in meanings)


def _dicom_axes(dataset: Any) -> str:
    """Return where columns and rows run in the patient: two letters such as "LF", or "" if it is not said."""
    named = [str(value) for value in dataset.get("PatientOrientation") or []]
    if len(named) == 2 and all(named):
        return named[0][0] + named[1][0]
    cosines = [float(value) for value in dataset.get("ImageOrientationPatient") or []]
    return _axes(np.reshape(cosines, (2, 3)), "LPHRAF") if len(cosines) == 6 else ""


def _axes(directions: np.ndarray, letters: str) -> str:
    """Name the directions of columns and rows, (2, 3); columns that lie between two axes get a "?"."""
    unit = directions / np.maximum(np.linalg.norm(directions, axis=1, keepdims=True), 1e-12)
    largest = np.abs(unit).argmax(axis=1)
    columns, rows = (
        letters[axis + 3 * (row[axis] < 0)] for axis, row in zip(largest, directions, strict=True)
    )
    return (columns if abs(unit[0, largest[0]]) >= _ALONG_AN_AXIS else "?") + rows


def _displayed(decoded: Decoded, axes: str, lateral: bool = False) -> Decoded:
    """Flip x where columns run to the patient's right, y where rows run to the front or to the head."""
    frontal = not lateral and axes[:1] in ("L", "R")
    mirrored = ("x" if frontal and axes[0] == "R" else "") + ("y" if axes[1:] in ("A", "S", "H") else "")
    for axis in ("xy".index(letter) for letter in mirrored):
        flip = np.eye(4)
        flip[axis, axis], flip[axis, 3] = -1, decoded.array.shape[1 + axis] - 1
        decoded.array, decoded.affine = np.flip(decoded.array, 1 + axis), decoded.affine @ flip
    decoded.array = np.ascontiguousarray(decoded.array)
    decoded.mirrored_axes = mirrored
    decoded.orientation = "known" if frontal else "assumed"
    if lateral or (axes and not frontal):
        decoded.warnings.append(_SIDEWAYS)
    elif "x" in mirrored:
        decoded.warnings.append(_MIRRORED)
    return decoded


def _check_size(shape: tuple[int, ...], max_pixels: int) -> None:
    size = " x ".join(map(str, shape))
    if min(shape) < 1:
        raise Refused(f"has no pixels: its size is {size}")
    if shape[0] * shape[1] > max_pixels or int(np.prod(shape, dtype=object)) > _VOXELS_PER_PIXEL * max_pixels:
        limit = f"up to {max_pixels} are decoded (max_pixels)"
        volume = f", in a volume {_VOXELS_PER_PIXEL * max_pixels}" if len(shape) > 2 else ""
        raise Refused(f"has {size} pixels; {limit}{volume}")
