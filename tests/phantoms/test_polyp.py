from __future__ import annotations

import re

import numpy as np
import pytest

from textguide.phantoms import Polyp, PolypPhantom, polyp_phantom, write_prompts
from textguide.phantoms.polyp import cell_of

SIZES = "(tiny|small|medium|large)"
COLOURS = "(pink|white|yellow|brown|red)"
CELL = "(center|(top|bottom)( (left|right))?|left|right)"
GRAMMAR = re.compile(
    rf"(one|two|three) {SIZES}(, {SIZES})* {COLOURS}(, {COLOURS})* (round|oval) polyp, "
    rf"located in {CELL}(, {CELL})* of the image"
)


@pytest.fixture(scope="module")
def frames() -> list[PolypPhantom]:
    return [polyp_phantom(7, index, size=64) for index in range(60)]


def test_a_frame_depends_on_seed_and_index_only_not_on_the_order():
    forward = [polyp_phantom(1, index, size=48) for index in range(3)]
    backward = [polyp_phantom(1, index, size=48) for index in reversed(range(3))][::-1]
    for first, second in zip(forward, backward, strict=True):
        assert np.array_equal(first.image, second.image)
        assert first.text == second.text
    assert not np.array_equal(forward[0].image, polyp_phantom(2, 0, size=48).image)


def test_frames_are_wider_than_high_as_real_ones(frames):
    assert {frame.image.shape for frame in frames} == {(64, 75, 3)}
    assert {frame.mask.shape for frame in frames} == {(64, 75)}


def test_the_pixels_carry_nothing_of_the_naming():
    for index in range(6):
        one, all_named = (polyp_phantom(3, index, size=48, distractor_probability=p) for p in (1.0, 0.0))
        assert np.array_equal(one.image, all_named.image)
        assert one.named.sum() == 1
        assert all_named.named.all()


def test_two_or_three_polyps_lie_apart_in_cells_of_their_own(frames):
    assert {len(frame.polyps) for frame in frames} == {2, 3}
    for frame in frames:
        assert len({polyp.cell for polyp in frame.polyps}) == len(frame.polyps)
        assert frame.polyp_masks.sum(axis=0).max() == 1
        assert frame.polyp_masks.any(axis=(1, 2)).all()


def test_the_sentence_follows_the_prompt_grammar_and_counts_the_mask(frames):
    numbers = {"one": 1, "two": 2, "three": 3}
    for frame in frames:
        assert GRAMMAR.fullmatch(frame.text), frame.text
        assert numbers[frame.text.split()[0]] == frame.named.sum()
        assert np.array_equal(frame.mask, frame.polyp_masks[frame.named].any(axis=0))


def test_places_in_the_sentence_are_places_in_the_picture(frames):
    """The grid has three columns and rows; an outline cut by the frame may lean over by a little."""
    for frame in frames:
        for polyp, outline in zip(frame.polyps, frame.polyp_masks, strict=True):
            row, column = np.argwhere(outline).mean(axis=0) / np.array(outline.shape)
            assert ("left" in polyp.cell, "right" in polyp.cell) != (column > 0.45, column < 0.55)
            assert ("top" in polyp.cell, "bottom" in polyp.cell) != (row > 0.45, row < 0.55)


def test_larger_words_mean_larger_polyps(frames):
    area: dict[str, list[float]] = {"small": [], "medium": [], "large": []}
    for frame in frames:
        for polyp, outline in zip(frame.polyps, frame.polyp_masks, strict=True):
            area[polyp.size].append(float(outline.mean()))
    small, medium, large = (np.median(values) for values in area.values())
    assert small < 0.025 < medium < 0.06 < large < 0.14


def test_corners_are_black_and_the_rest_is_lit(frames):
    for frame in frames:
        assert frame.image[:4, :4].max() == 0
        assert frame.image[-4:, -4:].max() == 0
        assert frame.image.std() > 20
        assert not frame.mask[frame.image.max(axis=-1) == 0].any()


def test_a_counterfactual_is_the_same_frame_with_another_sentence_and_mask(frames):
    for frame in frames:
        other = frame.counterfactual()
        assert other.image is frame.image
        assert other.text != frame.text
        assert other.mask.any()
        assert not np.array_equal(other.mask, frame.mask)


def test_prompts_nest_from_nothing_to_the_whole_sentence():
    prompts = write_prompts(
        [Polyp("small", "red", "oval", "top left"), Polyp("large", "red", "round", "center")]
    )
    assert prompts["p0"] == ""
    for shorter, longer in zip(range(1, 5), range(2, 6), strict=True):
        assert str(prompts[f"p{longer}"]).endswith(str(prompts[f"p{shorter}"]))
    assert prompts["p5"] == "two small, large red oval polyp"
    assert prompts["p6"] == "two small, large red oval polyp, located in top left, center of the image"
    for name in ("p7", "p8", "p9"):
        assert len(set(prompts[name])) == 5


def test_cells_are_thirds_of_the_frame():
    assert [cell_of(x, 0.5) for x in (0.1, 0.6, 1.1)] == ["left", "center", "right"]
    assert [cell_of(0.1, y) for y in (0.1, 0.5, 0.99)] == ["top left", "left", "bottom left"]


def test_an_option_out_of_range_is_named():
    with pytest.raises(ValueError, match="size is 16 rows"):
        polyp_phantom(0, 0, size=16)
    with pytest.raises(ValueError, match="distractor_probability is 2"):
        polyp_phantom(0, 0, distractor_probability=2)
    with pytest.raises(ValueError, match="at least one of them true"):
        polyp_phantom(0, 0, size=32).with_named([False] * 2)
