from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from textguide.writers import SentencePicture, WeightedWord, draw_word_importance, write_word_importance

PLACE, OTHER = (31, 95, 168), (235, 130, 20)


def drawn(*words: WeightedWord, captions: tuple[str, ...] = ()) -> np.ndarray:
    return np.asarray(draw_word_importance(SentencePicture(words, "title", captions)))


def pixels(picture: np.ndarray, colour: tuple[int, int, int]) -> int:
    return int((picture[112:] == colour).all(axis=2).sum())  # below the legend


def test_the_bar_is_as_high_as_the_word_is_important_in_the_colour_of_its_kind() -> None:
    one = drawn(WeightedWord("left", 0.4, True), WeightedWord("lung", 0.4))
    half = drawn(WeightedWord("left", 0.2, True), WeightedWord("lung", 0.4))
    assert pixels(half, PLACE) / pixels(one, PLACE) == pytest.approx(0.5, abs=0.05)
    assert pixels(half, OTHER) == pixels(one, OTHER) > 1000
    assert pixels(drawn(WeightedWord("left", 0.0), WeightedWord("lung", 0.0)), PLACE) == 0


def test_long_sentences_are_broken_into_rows_and_more_words_than_fit_are_left_out() -> None:
    few, many = (drawn(*[WeightedWord("infection", 0.01)] * count) for count in (3, 30))
    assert many.shape[0] > 2 * few.shape[0]
    assert many.shape[1] == few.shape[1]
    endless = drawn(*[WeightedWord("x" * 2000, 0.001)] * 2000)
    assert np.array_equal(endless.shape, drawn(*[WeightedWord("x" * 2000, 0.001)] * 120).shape)


def test_any_letter_can_be_drawn_and_captions_stand_beneath() -> None:
    words = [WeightedWord("漢\u202e\udcff", 0.1), WeightedWord("$x", 0.2)]
    assert drawn(*words, captions=("a", "b")).shape[0] == drawn(*words).shape[0] + 48


def test_no_word_is_no_picture_and_a_file_is_whole(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no word"):
        draw_word_importance(SentencePicture((), "title"))
    path = write_word_importance(tmp_path / "a.png", SentencePicture([WeightedWord("left", 1.0)], "title"))
    assert Image.open(path).format == "PNG"
    assert [one.name for one in tmp_path.iterdir()] == ["a.png"]
