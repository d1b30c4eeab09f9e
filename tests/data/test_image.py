from __future__ import annotations

from pathlib import Path

import nibabel
import numpy as np
import pytest
import torch
from monai.data import DataLoader, Dataset
from monai.transforms import LoadImaged, Resized
from PIL import Image

from textguide.data.image import FilmReader, read_image

GREY = np.arange(12, dtype=np.uint8).reshape(3, 4) * 20  # (H, W): 4 columns, 3 rows


def save(path: Path, array: np.ndarray | Image.Image, **options: object) -> Path:
    picture = array if isinstance(array, Image.Image) else Image.fromarray(array)
    picture.save(path, **options)
    return path


@pytest.mark.parametrize("ending", ["png", "bmp", "tif", "gif", "webp"])
def test_a_grey_picture_comes_as_channel_column_row(tmp_path: Path, ending: str) -> None:
    options = {"lossless": True} if ending == "webp" else {}
    array, meta = read_image(save(tmp_path / f"film.{ending}", GREY, **options))
    assert array.dtype == np.float32
    assert array.shape[1:] == (4, 3)
    assert np.array_equal(array[0], GREY.T)
    assert meta["kind"].lower().startswith(ending[:3])
    assert meta["orientation"] == "assumed"


def test_a_colour_jpeg_keeps_three_channels(tmp_path: Path) -> None:
    picture = np.zeros((8, 16, 3), np.uint8)
    picture[:, 8:, 2] = 255  # the right half is blue
    array, _ = read_image(save(tmp_path / "film.jpg", picture, quality=100, subsampling=0))
    assert array.shape == (3, 16, 8)
    assert array[2, 12, 4] > 250
    assert array[2, 3, 4] < 5


@pytest.mark.parametrize("ending", ["png", "tif"])
def test_16_bit_grey_is_not_truncated(tmp_path: Path, ending: str) -> None:
    deep = GREY.astype(np.uint16) * 257 + 1
    array, meta = read_image(save(tmp_path / f"deep.{ending}", deep))
    assert np.array_equal(array[0], deep.T)
    assert meta["warnings"] == ""


def test_alpha_is_dropped_without_blending_and_holes_are_reported(tmp_path: Path) -> None:
    colour = np.full((3, 4, 4), 200, np.uint8)
    colour[0, 0, 3] = 0
    array, meta = read_image(save(tmp_path / "holes.png", colour))
    assert array.shape == (3, 4, 3)
    assert (array == 200).all()
    assert "transparency" in meta["warnings"]
    colour[..., 3] = 255
    assert read_image(save(tmp_path / "opaque.png", colour))[1]["warnings"] == ""


def test_grey_with_alpha_stays_grey(tmp_path: Path) -> None:
    array, _ = read_image(save(tmp_path / "la.png", np.stack([GREY, np.full_like(GREY, 128)], axis=-1)))
    assert array.shape == (1, 4, 3)
    assert np.array_equal(array[0], GREY.T)


def test_palette_one_bit_and_cmyk_are_turned_into_values(tmp_path: Path) -> None:
    palette = Image.fromarray(GREY).convert("RGB").quantize(16)
    assert np.allclose(read_image(save(tmp_path / "palette.png", palette))[0][1], GREY.T, atol=2)
    bits = Image.fromarray(GREY > 100)
    assert np.array_equal(read_image(save(tmp_path / "bits.png", bits))[0][0], 255.0 * (GREY > 100).T)
    white = Image.new("CMYK", (4, 3), (0, 0, 0, 0))
    assert read_image(save(tmp_path / "white.jpg", white))[0].min() > 250


def test_exif_orientation_is_applied_and_said(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # to be displayed rotated by 90 degrees clockwise
    array, meta = read_image(save(tmp_path / "turned.png", GREY, exif=exif))
    assert np.array_equal(array[0], np.rot90(GREY, k=-1).T)
    assert "EXIF" in meta["warnings"]


def test_an_animated_gif_gives_its_first_frame_and_a_warning(tmp_path: Path) -> None:
    frames = [Image.fromarray(GREY), Image.fromarray(255 - GREY)]
    frames[0].save(tmp_path / "two.gif", save_all=True, append_images=frames[1:])
    array, meta = read_image(tmp_path / "two.gif")
    assert np.array_equal(array[0], GREY.T)
    assert "2 frames" in meta["warnings"]


def test_one_pixel_and_twelve_megapixels_are_read(tmp_path: Path) -> None:
    assert read_image(save(tmp_path / "dot.png", GREY[:1, :1]))[0].shape == (1, 1, 1)
    assert read_image(save(tmp_path / "big.png", np.zeros((3000, 4000), np.uint8)))[0].shape == (
        1,
        4000,
        3000,
    )


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_a_picture_above_the_limit_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    path = save(tmp_path / "bomb.png", Image.new("1", (20000, 20000)))
    assert path.stat().st_size < 100_000
    with pytest.raises(ValueError, match="bomb.png.*100000000"):
        read_image(path)
    with pytest.raises(ValueError, match="4 x 3 pixels; up to 11"):
        read_image(save(tmp_path / "small.png", GREY), max_pixels=11)


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\n", b"not an image at all", b"\x1f\x8bxx"])
def test_a_broken_picture_is_one_line_that_names_it(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.png"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="broken.png") as caught:
        read_image(path)
    assert "\n" not in str(caught.value)


def test_a_truncated_png_is_refused(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (64, 64), dtype=np.uint8)
    path = save(tmp_path / "cut.png", noise)
    path.write_bytes(path.read_bytes()[:1500])
    with pytest.raises(ValueError, match="cut.png' cannot be read as an image: .*truncated"):
        read_image(path)


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="nowhere.png' does not exist"):
        read_image(tmp_path / "nowhere.png")
    with pytest.raises(ValueError, match="is a folder"):
        read_image(tmp_path)


def test_content_counts_more_than_the_ending(tmp_path: Path) -> None:
    save(tmp_path / "film.png", GREY).rename(tmp_path / "film.jpg")
    assert np.array_equal(read_image(tmp_path / "film.jpg")[0][0], GREY.T)
    nibabel.save(nibabel.Nifti1Image(GREY.T, np.eye(4)), tmp_path / "v.nii.gz")
    (tmp_path / "v.nii.gz").rename(tmp_path / "v.png")
    with pytest.raises(ValueError, match=r"rename it to end in .nii or .nii.gz"):
        read_image(tmp_path / "v.png")


def test_names_that_start_with_signs_are_only_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("$x.png", "@a.png", "%b.png", "-c.png", "left #2.png"):
        save(tmp_path / name, GREY)
        assert read_image(name)[1]["filename_or_obj"] == name


def test_monai_loads_through_the_reader_in_batches(tmp_path: Path) -> None:
    for number in range(2):
        save(tmp_path / f"{number}.png", GREY + number)
    load = LoadImaged(keys="image", reader=FilmReader(), ensure_channel_first=True)
    items = load({"image": str(tmp_path / "1.png")})
    assert torch.equal(items["image"].as_tensor(), torch.as_tensor(GREY.T + 1.0)[None].float())
    records = [{"image": str(tmp_path / f"{number}.png")} for number in range(2)]
    batch = next(iter(DataLoader(Dataset(records, load), batch_size=2)))
    assert batch["image"].shape == (2, 1, 4, 3)
    resize = Resized(keys="image", spatial_size=(2, 2))
    assert resize.inverse(resize(items))["image"].shape == (1, 4, 3)


def test_monai_does_not_fall_back_to_another_reader(tmp_path: Path) -> None:
    path = save(tmp_path / "film.png", GREY)
    load = LoadImaged(keys="image", reader=FilmReader(max_pixels=11))
    with pytest.raises(ValueError, match="film.png' has 4 x 3 pixels; up to 11"):
        load({"image": str(path)})
