"""Hundreds of damaged files: each is read or refused with one line that names it, the others are done."""

from __future__ import annotations

import random
from pathlib import Path

import nibabel
import numpy as np
import pytest
from PIL import Image
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, SecondaryCaptureImageStorage, generate_uid
from tests.toy_bundle import make_toy_bundle

from textguide import Segmenter
from textguide.data.image import read_image
from textguide.segmenter import FileCase, segment_files

pytestmark = pytest.mark.slow

DAMAGES = 120


def write_whole(folder: Path) -> list[Path]:
    """One film in each format."""
    pixels = np.tile(np.arange(48, dtype=np.uint8) * 5, (40, 1))
    paths = [folder / f"film.{ending}" for ending in ("png", "jpg", "bmp", "tif", "nii.gz", "dcm")]
    for path in paths[:4]:
        Image.fromarray(pixels).save(path)
    nibabel.save(nibabel.Nifti1Image(pixels.T.astype(np.int16), np.diag([-1, -1, 1, 1])), paths[4])
    write_dicom(paths[5], pixels)
    return paths


def write_dicom(path: Path, pixels: np.ndarray) -> None:
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID = SecondaryCaptureImageStorage
    meta.MediaStorageSOPInstanceUID = generate_uid()
    film = FileDataset(str(path), {}, file_meta=meta, preamble=b"\0" * 128)
    film.SOPClassUID, film.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
    film.Modality, film.PhotometricInterpretation, film.SamplesPerPixel = "DX", "MONOCHROME2", 1
    film.Rows, film.Columns = pixels.shape
    film.BitsAllocated, film.BitsStored, film.HighBit, film.PixelRepresentation = 8, 8, 7, 0
    film.PixelData = pixels.tobytes()
    film.save_as(path, enforce_file_format=True)


def damage(whole: bytes, draw: random.Random) -> bytes:
    """Cut, overwrite, blank, double or swap a part."""
    data = bytearray(whole)
    kind, start = draw.randrange(5), draw.randrange(len(data))
    length = draw.choice((1, 4, 32, len(data) // 3))
    if kind == 0:
        return bytes(data[:start])
    if kind == 1:
        for place in range(start, min(start + length, len(data))):
            data[place] = draw.randrange(256)
    elif kind == 2:
        data[start : start + length] = bytes(len(data[start : start + length]))
    elif kind == 3:
        data[start:start] = data[start : start + length]
    else:
        data = data[start:] + data[:start]
    return bytes(data)


def try_to_read(path: Path) -> tuple[str, np.ndarray]:
    """Return the reason of a refusal, or the array."""
    try:
        return "", read_image(path)[0]
    except (ValueError, OSError) as error:
        return str(error), np.zeros(0)


@pytest.mark.filterwarnings("ignore")
def test_every_damaged_file_is_read_or_refused_with_a_line_that_names_it(tmp_path: Path) -> None:
    draw = random.Random(0)
    refused = 0
    for path in write_whole(tmp_path):
        whole = path.read_bytes()
        broken = tmp_path / f"broken_{path.name}"
        for number in range(DAMAGES):
            broken.write_bytes(damage(whole, draw))
            reason, array = try_to_read(broken)
            refused += bool(reason)
            assert np.isfinite(array).all(), (path.name, number)
            assert not reason or (broken.name in reason and "\n" not in reason), (number, reason)
    assert refused > DAMAGES


@pytest.mark.filterwarnings("ignore")
def test_damaged_films_stop_none_of_the_others(tmp_path: Path) -> None:
    segmenter = Segmenter(make_toy_bundle(tmp_path / "toy_segmentation"), device="cpu")
    (films := tmp_path / "films").mkdir()
    draw, cases = random.Random(1), []
    for path in write_whole(tmp_path):
        for number in range(20):
            name = f"{path.name.replace('.', '_')}_{number}"
            film = films / f"{name}.{path.name.split('.', 1)[1]}"
            film.write_bytes(path.read_bytes() if number % 2 else damage(path.read_bytes(), draw))
            cases.append(FileCase(image=str(film), name=name))
    segment_files(segmenter, cases, tmp_path / "out")
    masks = [path.name for path in (tmp_path / "out").iterdir() if not path.name.startswith(".")]
    for case in cases:
        if int(case.name.rsplit("_", 1)[1]) % 2:
            assert any(name.startswith(case.name) for name in masks), case.name
