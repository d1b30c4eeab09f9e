"""Location-based attention aggregation: many objects, few of which tell where the infection is, become one.

Source: SGSeg (Ye et al., MICCAI 2024), Sec. 2.3, A = softmax(X q^T) X, read as (softmax(X q^T))^T X.
"""

from __future__ import annotations

import torch
from torch import nn

from textguide.choices import check_choice


class LocationAggregator(nn.Module):
    """One learned query attends to the object vectors.

    Args:
        width: channels of an object vector.
        scale: `none` (the paper: softmax(X q^T)) or `sqrt_d`, the scores divided by the root of the width.
    """

    def __init__(self, width: int, scale: str = "none") -> None:
        super().__init__()
        check_choice("aggregator_scale", scale, ("none", "sqrt_d"))
        self.query = nn.Parameter(torch.randn(width))
        self.factor = width**-0.5 if scale == "sqrt_d" else 1.0

    def forward(self, vectors: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Sum the vectors (B, Q, C) by their weights; gives the sum (B, C) and the weights (B, Q)."""
        weights = (vectors @ self.query * self.factor).softmax(dim=1)
        return (weights.unsqueeze(2) * vectors).sum(dim=1), weights
