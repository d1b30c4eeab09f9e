from __future__ import annotations

import numpy as np
import pytest

from textguide.segmenter import understand
from textguide.segmenter.agreement import find_disagreements, share_in_half

LEFT, RIGHT = "lower left lung", "lower right lung"


def box(left: float, top: float, right: float, bottom: float, size: int = 100) -> np.ndarray:
    """Return a mask (W, H) of one rectangle, in fractions of the picture."""
    mask = np.zeros((size, size), np.uint8)
    mask[round(left * size) : round(right * size), round(top * size) : round(bottom * size)] = 1
    return mask


def test_the_middle_column_lies_in_no_half() -> None:
    mask = np.zeros((3, 2), bool)
    mask[:, 0] = True
    assert share_in_half(mask, "left") == share_in_half(mask, "right") == pytest.approx(1 / 3)
    assert share_in_half(np.zeros((3, 2), bool), "left") == 0.0


@pytest.mark.parametrize(
    ("text", "side", "half", "other"),
    [
        (LEFT, "image", "left", (0.6, 0.9)),
        (RIGHT, "image", "right", (0.1, 0.4)),
        (LEFT, "patient", "right", (0.1, 0.4)),
        ("lower left lung, but not the upper right", "image", "left", (0.6, 0.9)),
        ("left lung infection", "image", "left", (0.6, 0.9)),
        ("LLL pneumonia", "image", "left", (0.6, 0.9)),
    ],
)
def test_a_mask_in_the_half_that_the_sentence_does_not_name_is_warned_of(
    text: str, side: str, half: str, other: tuple[float, float]
) -> None:
    understood = understand(text, side)
    (line,) = find_disagreements(box(other[0], 0.5, other[1], 0.9), understood)
    assert f"names the {half} half" in line
    assert "100%" in line
    assert not find_disagreements(box(1 - other[1], 0.5, 1 - other[0], 0.9), understood)


def test_up_to_a_fifth_of_the_mask_may_lie_in_the_other_half() -> None:
    assert not find_disagreements(box(0.3, 0.5, 0.55, 0.9), understand(LEFT))
    assert find_disagreements(box(0.3, 0.5, 0.56, 0.9), understand(LEFT))


def test_what_is_no_lung_may_reach_over_the_middle() -> None:
    polyp = understand("one pink polyp, located in left of the image")
    assert polyp.half == "left"
    assert not find_disagreements(box(0.3, 0.3, 0.7, 0.7), polyp)
    assert find_disagreements(box(0.6, 0.3, 0.9, 0.7), polyp)


def test_most_of_the_text_free_mask_in_the_other_half_is_warned_of() -> None:
    mask, free = box(0.1, 0.5, 0.4, 0.9), box(0.6, 0.5, 0.9, 0.9) > 0
    (line,) = find_disagreements(mask, understand(LEFT), free)
    assert "without it 100%" in line
    assert not find_disagreements(mask, understand(LEFT), box(0.1, 0.5, 0.9, 0.9) > 0)


@pytest.mark.parametrize(
    ("text", "top", "bottom", "words"),
    [
        ("upper left lung", 0.65, 0.95, "left half of the picture the sentence names no lower zone"),
        ("upper and middle zones of the left lung", 0.65, 0.95, "no lower zone"),
        ("lower left lung", 0.05, 0.3, "left half of the picture the sentence names no upper zone"),
        ("middle and lower left lung", 0.05, 0.3, "no upper zone"),
        ("lower left lung and upper right lung", 0.05, 0.3, "left half"),
        ("upper left lung", 0.1, 0.7, None),
        ("lower left lung", 0.2, 0.9, None),
        ("middle left lung", 0.05, 0.3, None),
        ("middle left lung", 0.65, 0.95, None),
        ("upper and lower zones of the left lung", 0.65, 0.95, None),
        ("left lung infection", 0.05, 0.3, None),
        ("left upper lobe", 0.65, 0.95, None),
        ("an odd shadow in the upper left", 0.65, 0.95, None),
    ],
)
def test_only_a_mask_that_is_clearly_too_low_or_too_high_is_warned_of(
    text: str, top: float, bottom: float, words: str | None
) -> None:
    found = find_disagreements(box(0.1, top, 0.45, bottom), understand(text))
    assert (words in found[0] and len(found) == 1) if words else not found


def test_heights_are_those_of_each_half_and_count_in_pictures_alone() -> None:
    understood = understand("upper left lung and lower right lung")
    wrong = box(0.1, 0.65, 0.4, 0.95) + box(0.6, 0.05, 0.9, 0.3)
    assert len(find_disagreements(wrong, understood)) == 2
    assert not find_disagreements(wrong[::-1], understood)
    assert not find_disagreements(np.stack([wrong] * 3, axis=-1), understood)
    speck = box(0.1, 0.05, 0.4, 0.3) + box(0.6, 0.05, 0.63, 0.2)
    assert not find_disagreements(speck, understood)


@pytest.mark.parametrize("text", ["no infection", "Both lungs are clear."])
def test_a_mask_that_the_sentence_denies_is_warned_of(text: str) -> None:
    assert find_disagreements(box(0.1, 0.1, 0.2, 0.2), understand(text)) == [
        "the sentence says that no zone is affected; the mask is not empty"
    ]
    assert not find_disagreements(box(0, 0, 0, 0), understand(text))


@pytest.mark.parametrize("text", [None, "", "polyp", "no effusion", "Zyx in the right lung is clear"])
def test_a_sentence_that_names_nothing_disagrees_with_no_mask(text: str | None) -> None:
    assert not find_disagreements(box(0.6, 0.05, 0.9, 0.95), understand(text))


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (3, 1)])
def test_the_smallest_pictures_are_judged(size: tuple[int, int]) -> None:
    assert len(find_disagreements(np.ones(size, np.uint8), understand("upper left lung"))) <= 2


def test_warnings_hold_no_word_of_the_sentence() -> None:
    understood = understand("Musterfrau: upper left lung")
    lines = find_disagreements(box(0.6, 0.65, 0.9, 0.95), understood, box(0.6, 0, 1, 1) > 0)
    assert lines
    assert "muster" not in " ".join(lines).lower()
