from __future__ import annotations

import numpy as np
import pytest

from textguide.segmenter import side_warnings

LEFT_ZONE = "unilateral pulmonary infection, one infected area, lower left lung."


def half(side: str) -> np.ndarray:
    mask = np.zeros((20, 20), dtype=bool)
    mask[slice(0, 10) if side == "left" else slice(10, 20), 12:18] = True
    return mask


@pytest.mark.parametrize(
    ("mask", "free", "expected"),
    [
        ("left", "left", {"text_free_mask": False, "any": False}),
        ("left", "right", {"text_free_mask": True, "any": True}),
        ("right", "left", {"text_free_mask": False, "any": True}),
    ],
)
def test_a_side_is_doubted_by_the_mask_without_the_sentence_or_by_the_mask_itself(mask, free, expected):
    assert side_warnings(LEFT_ZONE, half(mask), half(free)) == expected


def test_in_the_patients_convention_left_is_the_right_half():
    found = side_warnings(LEFT_ZONE, half("right"), half("right"), bundle_side="patient")
    assert found == {"text_free_mask": False, "any": False}


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("", {}),
        ("both lower zones are affected", {}),
        (LEFT_ZONE, {"bundle_side": None}),
        (LEFT_ZONE, {"reads_text": False}),
    ],
)
def test_a_sentence_that_names_no_side_alone_or_is_not_read_is_not_counted(text, options):
    assert side_warnings(text, half("left"), half("right"), **options) is None
