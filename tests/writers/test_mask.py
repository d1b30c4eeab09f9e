from __future__ import annotations

from pathlib import Path

import nibabel
import numpy as np
import pytest
from PIL import Image

from textguide.data.image import read_image
from textguide.writers import write_mask


@pytest.fixture
def mask() -> np.ndarray:
    mask = np.zeros((4, 3), np.uint8)  # 4 columns, 3 rows
    mask[0, 2] = mask[1, 2] = 1
    return mask


def test_a_picture_gets_a_png_of_rows_and_columns(tmp_path: Path, mask: np.ndarray) -> None:
    path = write_mask(tmp_path, "film", mask, {"kind": "JPEG", "mirrored_axes": ""})
    assert path == tmp_path / "film_mask.png"
    rows = np.asarray(Image.open(path))
    assert rows.dtype == np.uint8
    assert np.array_equal(rows, 255 * mask.T)


@pytest.mark.parametrize("signs", [(1, 1), (-1, 1), (1, -1), (-1, -1)])
@pytest.mark.parametrize("shape", [(4, 3), (4, 3, 1), (4, 3, 2)])
def test_a_nifti_mask_lies_on_the_voxels_of_its_image(
    tmp_path: Path, signs: tuple[int, int], shape: tuple[int, ...]
) -> None:
    stored = np.random.default_rng(0).integers(0, 100, shape).astype(np.int16)
    affine = np.diag([0.5 * signs[0], 0.7 * signs[1], 5.0, 1.0])
    affine[:3, 3] = 11, -7, 3
    nibabel.save(nibabel.Nifti1Image(stored, affine), tmp_path / "image.nii")
    array, meta = read_image(tmp_path / "image.nii")
    written = nibabel.load(write_mask(tmp_path, "image", array[0] > 50, meta))
    assert np.array_equal(np.asarray(written.dataobj), stored > 50)
    assert np.allclose(written.affine, affine)
    assert written.get_data_dtype() == np.uint8


def test_folders_in_the_name_are_made_and_an_old_mask_is_replaced(tmp_path: Path, mask: np.ndarray) -> None:
    write_mask(tmp_path, "ward/film", mask, {"kind": "PNG"})
    path = write_mask(tmp_path, "ward/film", 1 - mask, {"kind": "PNG"})
    assert np.asarray(Image.open(path)).sum() == 255 * 10
    assert [file.name for file in (tmp_path / "ward").iterdir()] == ["film_mask.png"]


def test_a_failed_write_leaves_no_file_behind(
    tmp_path: Path, mask: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: Image.Image, path: Path, **options: object) -> None:
        path.write_bytes(b"half")
        raise OSError("disk full")

    monkeypatch.setattr(Image.Image, "save", fail)
    with pytest.raises(OSError, match="disk full"):
        write_mask(tmp_path, "film", mask, {})
    assert list(tmp_path.iterdir()) == []


def test_a_mask_of_other_dimensions_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"\(1, 4, 3, 2\); \(W, H\) or"):
        write_mask(tmp_path, "film", np.zeros((1, 4, 3, 2)), {})
