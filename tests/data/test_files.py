from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image
from tests.data.trees import write_image

from textguide.data.files import check_image, check_images, file_key, image_stem, index_images


@pytest.mark.parametrize(
    "name",
    [
        "mask_sub-S1_dx.png",
        "sub-s1_dx.PNG",
        "Images/sub-S1_dx.jpg",
        "sub-S1_dx",
        "C:\\x\\mask_SUB-S1_dx.png",
        " sub-s1_dx ",
    ],
)
def test_every_spelling_of_one_case_has_one_key(name: str) -> None:
    assert file_key(name) == "sub-s1_dx"


def test_only_one_mask_prefix_is_taken_off_and_other_dots_stay() -> None:
    assert file_key("mask_mask_1.5.png") == "mask_1.5"


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("folder/Scan.v2.nii.gz", "Scan.v2"),
        ("C:\\x\\film.1.DCM", "film.1"),
        ("film.1", "film.1"),
        ("film.png", "film"),
        (".png", ".png"),
    ],
)
def test_a_stem_loses_folder_and_image_ending_and_no_other_dot(name: str, stem: str) -> None:
    assert image_stem(name) == stem


def test_copies_that_differ_in_case_only_are_indexed_once(tmp_path: Path) -> None:
    for name in ("sub-S1.png", "sub-s1.png", "sub-s2.png"):
        write_image(tmp_path / name)
    (tmp_path / "notes.txt").write_text("no image")
    files, copies = index_images(tmp_path)
    assert list(files) == ["sub-s1", "sub-s2"]
    assert copies == 1


def test_copies_with_other_bytes_are_an_error_that_names_both(tmp_path: Path) -> None:
    write_image(tmp_path / "sub-S1.png", 0)
    write_image(tmp_path / "sub-s1.png", 9)
    with pytest.raises(ValueError, match=r"sub-S1\.png.*sub-s1\.png"):
        index_images(tmp_path)


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif", ".bmp", ".webp"])
def test_a_whole_image_gives_its_size_and_half_of_it_is_refused_by_name(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"film{suffix}"
    Image.effect_noise((64, 48), 60).save(path)
    assert check_image(path) == (64, 48)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(ValueError, match=rf"film\{suffix}.*cannot be read"):
        check_image(path)


def test_one_flipped_byte_of_a_png_is_found(tmp_path: Path) -> None:
    path = tmp_path / "film.png"
    Image.effect_noise((64, 48), 60).save(path)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(ValueError, match="film.png"):
        check_image(path)


def test_an_empty_file_and_a_missing_one_are_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "empty.png").touch()
    with pytest.raises(ValueError, match="empty.png"):
        check_image(tmp_path / "empty.png")
    with pytest.raises(FileNotFoundError, match="gone.png"):
        check_images([write_image(tmp_path / "a.png"), tmp_path / "gone.png"])


def test_a_dicom_file_is_checked_for_presence_only(tmp_path: Path) -> None:
    (tmp_path / "film.dcm").write_bytes(b"anything")
    assert check_image(tmp_path / "film.dcm") is None
