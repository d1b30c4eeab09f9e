from __future__ import annotations

import math

import pytest
import torch
from monai.data import MetaTensor

from textguide.losses import SegmentationLoss

# Two images of 1 x 2 pixels: probabilities 0.75 and 0.25 for the mask (1, 0); 0.5 twice for an empty mask.
LOGITS = torch.tensor([[math.log(3), -math.log(3)], [0.0, 0.0]]).reshape(2, 1, 1, 2)
MASK = torch.tensor([[1.0, 0.0], [0.0, 0.0]]).reshape(2, 1, 1, 2)
SMOOTH = 1e-5
DICE = ((1 - (2 * 0.75 + SMOOTH) / (1 + 1 + SMOOTH)) + (1 - SMOOTH / (1 + SMOOTH))) / 2
CROSS_ENTROPY = (2 * -math.log(0.75) + 2 * math.log(2)) / 4


@pytest.mark.parametrize(("kind", "expected"), [("dice", DICE), ("dice_bce", DICE + CROSS_ENTROPY)])
def test_each_kind_by_hand_with_one_sigmoid_and_the_mean_over_images(kind, expected):
    assert SegmentationLoss(kind)(LOGITS, MASK).item() == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("kind", ["dice", "dice_bce"])
def test_it_reads_logits_and_label_out_of_dictionaries_and_metadata(kind):
    loss = SegmentationLoss(kind)
    expected = loss(LOGITS, MASK)
    prediction = {"logits": LOGITS, "has_text": torch.ones(2).bool()}
    target = {"label": MASK, "zones": torch.zeros(2, 6)}
    assert loss(prediction, target) == loss(prediction, MASK) == loss(LOGITS, target) == expected
    assert loss(MetaTensor(LOGITS), MetaTensor(MASK)) == expected


@pytest.mark.parametrize("kind", ["dice", "dice_bce"])
def test_a_sure_and_right_prediction_costs_nothing_also_for_an_empty_mask(kind):
    sure = 40 * (2 * MASK - 1)
    assert SegmentationLoss(kind)(sure, MASK).item() == pytest.approx(0, abs=1e-5)
    assert SegmentationLoss(kind)(-sure, MASK).item() > 0.9


@pytest.mark.parametrize("kind", ["dice", "dice_bce"])
def test_half_precision_and_far_logits_give_a_finite_value_and_gradient(kind):
    logits = torch.tensor([-6e4, 6e4]).half().reshape(1, 1, 1, 2).requires_grad_()
    value = SegmentationLoss(kind)(logits, MASK[:1])
    value.backward()
    assert value.dtype == torch.float32
    assert value.isfinite()
    assert logits.grad.isfinite().all()


def test_an_unknown_kind_is_named_with_what_is_allowed():
    with pytest.raises(ValueError, match="loss kind is 'ce': allowed are 'dice_bce' and 'dice'"):
        SegmentationLoss("ce")
