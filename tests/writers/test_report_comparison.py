from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from textguide.text import write_report
from textguide.writers import WrittenCase, draw_report_comparison
from textguide.writers.report_comparison import draw_card, verdict

ZONES = [1.0, 0.0, 0.0, 0.0, 0.0, 1.0]


def case(**options) -> WrittenCase:
    mask = np.zeros((20, 10), bool)
    mask[2:6, 2:4] = True  # the upper left, in a wide film
    known = {
        "name": "case_0",
        "image": np.linspace(-1, 1, 200, dtype=np.float32).reshape(1, 20, 10),
        "predicted": np.zeros_like(mask),
        "label": mask,
        "written": write_report([1, 0, 0, 0, 0, 0]),
        "text": write_report([1, 0, 0, 0, 0, 1]),
        "dice": 0.5,
        "probabilities": [0.9, 0.1, 0.1, 0.0, 0.1, 0.2],
        "zones": ZONES,
    }
    return WrittenCase(**(known | options))


def share_of(picture: Image.Image, box: tuple[int, int, int, int], colour: str) -> float:
    rows = np.asarray(picture.crop(box)).astype(int)
    red, blue = rows[..., 0], rows[..., 2]
    return float(((blue - red if colour == "blue" else red - blue) > 60).mean())


def test_cases_stand_in_two_columns_and_one_alone_in_one(tmp_path):
    sizes = []
    for count in (1, 2, 3):
        path = draw_report_comparison([case()] * count, tmp_path / f"{count}.png", "a bundle", "x" * 500)
        sizes.append(Image.open(path).size)
    assert sizes[0][0] < sizes[1][0] == sizes[2][0]
    assert sizes[0][1] == sizes[1][1] < sizes[2][1]
    with pytest.raises(ValueError, match="no case"):
        draw_report_comparison([], tmp_path / "none.png")
    assert not (tmp_path / "none.png").exists()


def test_both_outlines_lie_where_their_masks_do_in_a_film_that_is_turned_for_display():
    film_left, film_top, side = 18, 18 + 65, 260  # 20 x 10 pixels: half as high as wide, in the middle
    upper_left = (film_left, film_top, film_left + side // 2, film_top + side // 4)
    others = (film_left + side // 2, film_top, film_left + side, film_top + side // 2)
    true = draw_card(case())
    assert share_of(true, upper_left, "blue") > 0.02
    assert share_of(true, upper_left, "orange") == 0
    both = draw_card(case(predicted=np.flip(case().label, axis=0)))
    assert share_of(both, others, "orange") > 0.008
    assert share_of(both, others, "blue") == 0


def test_words_are_marked_only_where_there_is_a_true_sentence_that_differs():
    sentences = (304, 18, 900, 190)
    marked, same = draw_card(case()), draw_card(case(text=case().written))
    unknown = draw_card(case(text=""))
    assert share_of(marked, sentences, "blue") > 2 * share_of(same, sentences, "blue")
    assert share_of(unknown, sentences, "orange") == pytest.approx(share_of(same, sentences, "orange"))


def test_zones_stand_as_they_lie_in_the_picture():
    heads = np.asarray(draw_card(case()).crop((370, 205, 640, 235)))
    turned = draw_card(case(side_convention="patient"))
    grid = (370, 228, 530, 325)  # the left column: of the patient's side the right lung
    assert (heads != np.asarray(turned.crop((370, 205, 640, 235)))).any()
    assert share_of(draw_card(case()), grid, "orange") > 2 * share_of(turned, grid, "orange")


def test_what_is_right_is_counted_among_the_known_zones():
    probabilities = case().probabilities
    assert [line for line, _ in verdict(probabilities, ZONES)] == ["5 of 6 zones right", "1 left out"]
    partly = [0.0, math.nan, math.nan, 0.0, 0.0, 0.0]
    assert [line for line, _ in verdict(probabilities, partly)] == ["3 of 4 zones right", "1 too many"]
    assert [line for line, _ in verdict(probabilities, [math.nan] * 6)] == ["the true zones are unknown"]


@pytest.mark.parametrize("text", ["\ud83d", "a\0b\nc", "漢字 влево", "x" * 10_000, "word " * 5_000])
def test_any_sentence_and_any_name_can_be_drawn(text):
    assert draw_card(replace(case(), text=text, name=text)).size == draw_card(case()).size


def test_a_film_in_colour_without_any_mask_is_drawn():
    draw_card(case(image=np.zeros((3, 20, 10), np.float32), label=np.zeros((20, 10), bool), dice=1.0))
