"""The loss of TMCA: segmentation and alignment."""

from __future__ import annotations

import torch
from torch import nn


class TMCALoss(nn.Module):
    """L = L_seg + weight * L_CA.

    Source: TMCA (Li et al., arXiv 2412.13533), Sec. 3.5, with weight 1. With encoders that start from scratch
    the gradient of the alignment drowns the mask's: the compact bundle takes 0.1.

    Args:
        segmentation: loss of (prediction, target), see `SegmentationLoss`.
        alignment: loss of (training output, target), see `TargetSensitiveAlignment`. It is left out where the
            prediction is a plain tensor, as in evaluation, or holds no aligned level.
        weight: of the alignment.
    """

    def __init__(self, segmentation: nn.Module, alignment: nn.Module, weight: float = 1.0) -> None:
        super().__init__()
        self.segmentation = segmentation
        self.alignment = alignment
        self.weight = weight

    def forward(
        self,
        prediction: torch.Tensor | dict[str, torch.Tensor],
        target: torch.Tensor | dict[str, torch.Tensor],
    ) -> torch.Tensor:
        """Add both parts; see them for the arguments. Returns a scalar."""
        loss = self.segmentation(prediction, target)
        if isinstance(prediction, dict) and any(name.startswith("image_") for name in prediction):
            loss = loss + self.weight * self.alignment(prediction, target)
        return loss
