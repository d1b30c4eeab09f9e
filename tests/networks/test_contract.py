"""The contract holds for the plainest network there is, one of images alone, and sees what is broken."""

from __future__ import annotations

import pytest
import torch
from tests.networks.text_contract import IgnoresText
from torch import nn
from torch.nn import functional

from textguide.losses import SegmentationLoss


class PlainNetwork(nn.Module):
    def __init__(self, sigmoid: bool = False, unused: bool = False) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(3, 1, kernel_size=3, padding=1)
        self.sigmoid = sigmoid
        if unused:
            self.unused = nn.Linear(2, 2)

    def forward(
        self,
        image: torch.Tensor,
        input_ids: torch.Tensor | None = None,
        attention_mask: torch.Tensor | None = None,
    ) -> torch.Tensor:
        logits = self.convolution(image.expand(-1, 3, -1, -1))
        logits = logits.sigmoid() if self.sigmoid else logits
        if not torch.jit.is_scripting():  # noqa: SIM102 (a script compiles what stands behind `and`)
            if self.training:
                return {"logits": logits}
        return logits

    @torch.jit.unused
    def explain(self, image, input_ids=None, attention_mask=None):
        logits = self(image)
        return {"probability": logits.sigmoid(), "edges": functional.relu(logits)}


class TestPlainNetwork(IgnoresText):
    def build(self, **switches):
        return PlainNetwork(**switches)

    def loss(self):
        return SegmentationLoss()

    def maps(self, **switches):
        return {"edges"}


def test_a_sigmoid_inside_is_seen():
    contract = TestPlainNetwork()
    with pytest.raises(AssertionError, match="bounded like a sigmoid"):
        contract.test_evaluation_gives_one_tensor_of_logits(contract.seeded(sigmoid=True).eval())


def test_a_layer_that_is_never_called_is_seen():
    contract = TestPlainNetwork()
    with pytest.raises(AssertionError, match=r"unused\.weight"):
        contract.test_every_parameter_gets_a_finite_gradient_from_every_batch(contract.seeded(unused=True))
