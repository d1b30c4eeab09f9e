from __future__ import annotations

import pytest
import torch
from torch.nn import functional

from textguide.losses import ZoneLoss

NAN = float("nan")


def test_it_is_the_binary_cross_entropy_of_the_known_zones():
    logits = torch.tensor([[2.0, -1, 0, 3, -2, 1], [0.5] * 6], requires_grad=True)
    zones = torch.tensor([[1.0, 0, NAN, 1, 0, 0], [NAN] * 6])
    loss = ZoneLoss()({"zone_logits": logits}, {"zones": zones})
    known = zones.isfinite()
    expected = functional.binary_cross_entropy(logits[known].sigmoid(), zones[known])
    torch.testing.assert_close(loss, expected)
    loss.backward()
    assert (logits.grad[~known] == 0).all()
    assert (logits.grad[known] != 0).all()


def test_where_no_zone_is_known_it_is_0_with_a_gradient():
    logits = torch.randn(2, 6, requires_grad=True)
    loss = ZoneLoss()({"zone_logits": logits}, {"zones": torch.full((2, 6), NAN)})
    loss.backward()
    assert loss == 0
    assert logits.grad.abs().sum() == 0


@pytest.mark.parametrize("prediction", [torch.ones(2, 1, requires_grad=True), {"logits": torch.ones(2, 1)}])
def test_a_network_that_writes_nothing_is_not_scored(prediction):
    assert ZoneLoss()(prediction, torch.zeros(2, 1)) == 0


def test_a_target_without_zones_says_what_to_set():
    with pytest.raises(ValueError, match="set zones=true in prepare_batch"):
        ZoneLoss()({"zone_logits": torch.zeros(2, 6)}, {"label": torch.zeros(2, 1)})
