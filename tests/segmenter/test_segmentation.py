from __future__ import annotations

import numpy as np
import pytest
import torch

from textguide.segmenter import judge, understand
from textguide.segmenter.segmentation import calibrate, expected_dice


def test_confidence_is_the_dice_that_the_probabilities_promise() -> None:
    mask = np.array([[1, 0], [1, 0]], np.uint8)
    assert expected_dice(mask.astype(np.float32), mask) == 1.0
    assert expected_dice(np.full((2, 2), 0.5, np.float32), mask) == pytest.approx(2 * 1.0 / 4.0)


def test_confidence_of_an_empty_mask_is_the_chance_that_nothing_is_there() -> None:
    empty = np.zeros((2, 2), np.uint8)
    assert expected_dice(np.zeros((2, 2), np.float32), empty) == 1.0
    assert expected_dice(np.array([[0.1, 0.4], [0.0, 0.0]], np.float32), empty) == pytest.approx(0.6)
    faint = np.full((200, 200), 1e-3, np.float32)  # as sure as it can be, in a picture of many pixels
    result = judge(faint, understand(None), faint[None], {}, {})
    assert result.confidence == pytest.approx(0.999)
    assert result.doubt == 1.0 - result.confidence


def test_temperature_divides_the_logits_and_keeps_one_half() -> None:
    probability = np.array([[0.0, 0.2, 0.5, 0.9, 1.0]], np.float32)
    logits = torch.logit(torch.as_tensor(probability[:, 1:4]))
    assert np.allclose(calibrate(probability, 2.0)[:, 1:4], torch.sigmoid(logits / 2).numpy(), atol=1e-6)
    assert np.isfinite(calibrate(probability, 5.0)).all()


def test_an_empty_mask_is_said() -> None:
    zero = np.zeros((4, 4), np.float32)
    result = judge(zero, understand(None), zero[None], {}, {})
    assert result.warnings == ("the mask is empty",)
    assert result.doubt == 0.0


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_no_mask_is_made_of_a_probability_that_is_not_finite(value: float) -> None:
    sound, broken = np.zeros((4, 4), np.float32), np.zeros((4, 4), np.float32)
    broken[1, 2] = value
    for probability, free in ((broken, None), (sound, broken)):
        with pytest.raises(ValueError, match="not finite.*weights are broken.*out of range") as caught:
            judge(probability, understand("left lung"), sound[None], {}, {}, free_probability=free)
        assert "\n" not in str(caught.value)


def test_captions_begin_with_the_warnings_one_by_one_and_end_with_the_sentence() -> None:
    mask = np.zeros((8, 8), np.float32)
    mask[5:] = 1
    result = judge(mask, understand("lower left lung"), mask[None], {}, {}, warnings=("first",))
    assert result.captions[0] == "warning: first"
    assert result.captions[1].startswith("warning: the sentence names the left half")
    assert result.captions[2:] == (result.understood.line, "expected Dice 1.00", '"lower left lung"')
