"""Several losses added up: what a method's paper writes as L = L_1 + w L_2."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import nn


class WeightedLosses(nn.Module):
    """The weighted sum of losses that all read the same prediction and target.

    Args:
        losses: name -> loss of (prediction, target).
        weights: name -> factor, 1 where a name is left out.

    Raises:
        ValueError: a weight for a loss that is not there, or no loss.
    """

    def __init__(self, losses: Mapping[str, nn.Module], weights: Mapping[str, float] | None = None) -> None:
        super().__init__()
        self.losses = nn.ModuleDict(losses)
        self.weights = dict.fromkeys(losses, 1.0) | dict(weights or {})
        if not losses or self.weights.keys() != losses.keys():
            raise ValueError(
                f"weights are given for {sorted(weights or {})}: the losses are {sorted(losses)}"
            )

    def forward(
        self,
        prediction: torch.Tensor | dict[str, torch.Tensor],
        target: torch.Tensor | dict[str, torch.Tensor],
    ) -> torch.Tensor:
        """Add up; the losses say what they read of prediction and target. Returns a scalar."""
        terms = [self.weights[name] * loss(prediction, target) for name, loss in self.losses.items()]
        return torch.stack(terms).sum()
