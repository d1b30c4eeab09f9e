from __future__ import annotations

import pytest
import torch

from textguide.losses import SegmentationLoss, TargetSensitiveAlignment, WeightedLosses


def toy_prediction(*levels: str) -> tuple[dict[str, torch.Tensor], torch.Tensor]:
    torch.manual_seed(0)
    prediction = {"logits": torch.randn(4, 1, 6, 5), "has_text": torch.ones(4).bool()}
    prediction |= {f"{part}_{level}": torch.randn(4, 8) for level in levels for part in ("image", "text")}
    return prediction, (torch.rand(4, 1, 6, 5) > 0.5).float()


@pytest.mark.parametrize("weight", [0.0, 1.0, 2.5])
def test_it_is_the_sum_of_the_weighted_losses(weight):
    prediction, masks = toy_prediction("g", "8")
    losses = {"segmentation": SegmentationLoss(), "alignment": TargetSensitiveAlignment()}
    found = WeightedLosses(losses, {"alignment": weight})(prediction, masks)
    expected = losses["segmentation"](prediction, masks) + weight * losses["alignment"](prediction, masks)
    torch.testing.assert_close(found, expected)


def test_without_an_aligned_level_and_in_evaluation_it_is_the_segmentation():
    prediction, masks = toy_prediction()
    segmentation = SegmentationLoss()
    loss = WeightedLosses({"segmentation": segmentation, "alignment": TargetSensitiveAlignment()})
    assert loss(prediction, {"label": masks}) == segmentation(prediction, masks)
    assert loss(prediction["logits"], masks) == segmentation(prediction, masks)


@pytest.mark.parametrize(
    ("losses", "weights"), [({}, {}), ({"dice": SegmentationLoss("dice")}, {"dcie": 1.0})]
)
def test_a_weight_of_no_loss_is_refused(losses, weights):
    with pytest.raises(ValueError, match="the losses are"):
        WeightedLosses(losses, weights)
