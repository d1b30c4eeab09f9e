from __future__ import annotations

import pytest
from PIL import Image, ImageColor, ImageDraw

from textguide.writers.marked_sentence import MarkStyle, compare_words, draw_sentence

STYLE = MarkStyle(ink="#000000", colour="#a34700", tint="#fdebd8")


def marked(words: list[tuple[str, bool]]) -> list[str]:
    return [word for word, is_marked in words if is_marked]


def test_the_words_that_the_other_sentence_lacks_are_marked_on_each_side():
    written, true = compare_words("two areas, upper left lung.", "One area, upper left and lower right lung.")
    assert marked(written) == ["two", "areas,"]
    assert marked(true) == ["One", "area,", "and", "lower", "right"]
    assert [word for word, _ in true] == ["One", "area,", "upper", "left", "and", "lower", "right", "lung."]


def test_the_order_of_words_counts_and_case_and_punctuation_do_not():
    assert marked(compare_words("Left, right.", "right left")[0]) in (["Left,"], ["right."])
    assert [marked(side) for side in compare_words("Upper LEFT lung .", "upper, left lung")] == [[], []]


def drawn(words: list[tuple[str, bool]], width: int = 300, lines: int = 2) -> Image.Image:
    picture = Image.new("RGB", (340, 120), "white")
    draw_sentence(ImageDraw.Draw(picture), (10, 10), width, words, STYLE, lines)
    return picture


def test_a_marked_word_has_its_colour_and_a_line_beneath_that_needs_no_colour():
    colour = ImageColor.getrgb(STYLE.colour)
    plain, marks = drawn([("lower", False)]), drawn([("lower", True)])
    assert colour not in {pixel for _, pixel in plain.getcolors(1000)}
    base = [marks.getpixel((x, 10 + STYLE.size + 5)) for x in range(12, 50)]
    assert set(base) == {colour}
    assert {plain.getpixel((x, 10 + STYLE.size + 5)) for x in range(12, 50)} == {(255, 255, 255)}


@pytest.mark.parametrize("word", ["word", "w" * 500, "漢" * 500])
def test_nothing_is_drawn_beyond_the_box(word):
    picture = drawn([(word, number % 2 == 0) for number in range(100)])
    left, top, right, bottom = Image.eval(picture.convert("L"), lambda value: 255 - value).getbbox()
    assert left >= 7
    assert right <= 10 + 300 + 3
    assert bottom <= 10 + 2 * STYLE.line
