from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFont

from textguide.writers import draw_overlay, overlay, write_overlay


def colour_share(picture: Image.Image, box: tuple[int, int, int, int]) -> float:
    rows = np.asarray(picture.crop(box)).astype(int)
    return float((rows[..., 0] - rows[..., 2] > 20).mean())


def test_the_mask_is_tinted_where_it_lies_and_the_rest_stays_grey() -> None:
    mask = np.zeros((64, 32), np.uint8)
    mask[:32] = 1  # the left half
    picture = draw_overlay(np.full((1, 64, 32), 100.0), mask)
    assert picture.width == 512
    assert colour_share(picture, (0, 0, 250, 250)) == 1.0
    assert colour_share(picture, (262, 0, 512, 250)) == 0.0
    assert picture.getpixel((400, 100)) == (100, 100, 100)


def test_captions_and_side_markers_stand_beneath_the_image() -> None:
    image, mask = np.full((1, 512, 100), 200.0), np.zeros((512, 100), np.uint8)
    bare, captioned = draw_overlay(image, mask), draw_overlay(image, mask, ["lower left lung", "x " * 2000])
    assert bare.height > 100
    assert captioned.height == bare.height + 4 * 20  # one line, and three of the long text
    beneath = np.asarray(bare.crop((0, 100, 512, bare.height)))
    assert beneath[:, :100].max() > 200
    assert beneath[:, 412:].max() > 200
    assert beneath[:, 150:350].max() == 0


@pytest.mark.parametrize("text", ["", "\ud83d", "a\0b\nc", "\u202eleft", "漢字 влево", "x" * 10_000])
def test_any_text_can_be_a_caption(text: str) -> None:
    draw_overlay(np.zeros((1, 8, 8)), np.zeros((8, 8), np.uint8), [text])


@pytest.mark.parametrize("size", [(1, 1), (3, 900), (4000, 3000)])
def test_every_size_is_drawn_within_bounds(size: tuple[int, int]) -> None:
    picture = draw_overlay(np.zeros((3, *size)), np.ones(size, np.uint8))
    assert picture.width <= 1600
    assert picture.width >= 512


def test_any_range_is_shown_with_its_contrast() -> None:
    ramp = np.linspace(-1000, 3000, 512 * 512, dtype=np.float32).reshape(1, 512, 512)
    rows = np.asarray(draw_overlay(ramp, np.zeros((512, 512), np.uint8)).crop((0, 0, 512, 512)))
    assert rows.min() == 0
    assert rows.max() == 255


def test_of_a_volume_the_slice_with_most_mask_is_drawn() -> None:
    image = np.stack([np.full((512, 100), value) for value in (10.0, 20.0, 30.0)], axis=-1)[None]
    mask = np.zeros((512, 100, 3), np.uint8)
    assert draw_overlay(image, mask).getpixel((500, 50)) == (20, 20, 20)
    mask[:100, :, 0] = 1
    assert draw_overlay(image, mask).getpixel((500, 50)) == (10, 10, 10)


def test_a_mask_of_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match=r"\(4, 4\) and the mask \(4, 5\)"):
        draw_overlay(np.zeros((1, 4, 4)), np.zeros((4, 5), np.uint8))


def test_the_file_is_a_png(tmp_path: Path) -> None:
    path = write_overlay(tmp_path / "deep" / "x_overlay.png", np.zeros((1, 4, 4)), np.zeros((4, 4), np.uint8))
    with Image.open(path) as picture:
        assert picture.format == "PNG"


def lines_of(captions: list[str]) -> int:
    image, mask = np.full((1, 512, 100), 200.0), np.zeros((512, 100), np.uint8)
    return (draw_overlay(image, mask, captions).height - draw_overlay(image, mask).height) // 20


def test_a_warning_is_never_cut_and_has_the_colour_of_the_mask() -> None:
    assert lines_of(["word " * 300]) == 3
    assert lines_of(["warning: " + "word " * 300]) > 20
    assert lines_of(["warning: " + "x" * 3000]) > 40  # one long word goes on in the next line
    image, mask = np.full((1, 512, 100), 200.0), np.zeros((512, 100), np.uint8)
    picture = draw_overlay(image, mask, ["warning: look here", "and read this", "x " * 2000])
    assert colour_share(picture, (0, 124, 512, 144)) > 0.02
    assert colour_share(picture, (0, 146, 512, picture.height)) == 0.0


@pytest.mark.parametrize("font", [None, 15], ids=["DejaVu", "Pillow's own"])
def test_letters_that_the_font_does_not_have_become_question_marks_with_a_note(
    font: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    if font is not None:
        monkeypatch.setattr(overlay, "_font", lambda: ImageFont.load_default(font))
    image, mask = np.full((1, 512, 100), 200.0), np.zeros((512, 100), np.uint8)
    note = '2 characters that the font does not have are shown as "?"'
    shown = draw_overlay(image, mask, ["\u6f22\u5b57 lower left lung?"])
    assert np.array_equal(shown, draw_overlay(image, mask, ["?? lower left lung?", note]))
    assert lines_of(["plain words?"]) == 1
