from __future__ import annotations

import numpy as np
import pytest
import torch

from textguide.segmenter import judge, understand
from textguide.segmenter.segmentation import calibrate, expected_dice, share_in_half


def test_confidence_is_the_dice_that_the_probabilities_promise() -> None:
    mask = np.array([[1, 0], [1, 0]], np.uint8)
    assert expected_dice(mask.astype(np.float32), mask) == 1.0
    assert expected_dice(np.full((2, 2), 0.5, np.float32), mask) == pytest.approx(2 * 1.0 / 4.0)
    assert expected_dice(np.zeros((2, 2), np.float32), np.zeros((2, 2), np.uint8)) == 1.0


def test_temperature_divides_the_logits_and_keeps_one_half() -> None:
    probability = np.array([[0.0, 0.2, 0.5, 0.9, 1.0]], np.float32)
    logits = torch.logit(torch.as_tensor(probability[:, 1:4]))
    assert np.allclose(calibrate(probability, 2.0)[:, 1:4], torch.sigmoid(logits / 2).numpy(), atol=1e-6)
    assert np.isfinite(calibrate(probability, 5.0)).all()


def test_the_middle_column_lies_in_no_half() -> None:
    mask = np.zeros((3, 2), bool)
    mask[:, 0] = True
    assert share_in_half(mask, "left") == share_in_half(mask, "right") == pytest.approx(1 / 3)
    assert share_in_half(np.zeros((3, 2), bool), "left") == 0.0


def test_an_empty_mask_is_said() -> None:
    zero = np.zeros((4, 4), np.float32)
    result = judge(zero, understand(None), zero[None], {}, {})
    assert result.warnings == ("the mask is empty",)
    assert result.doubt == 0.0
