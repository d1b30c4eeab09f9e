"""Language-guided target enhancement: the sentence says where the decoded map counts.

Source: TMCA (Li et al., arXiv 2412.13533), Sec. 3.3 (LTEM).
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

from textguide.choices import check_choice


class TargetEnhancement(nn.Module):
    """Attention of one sentence over a feature map, and the factor it makes for the map one step above.

    Args:
        scale: `mean` (ours, default): a times the number of positions, mean 1. `sum`: a itself, which sums to
            1, as printed. `residual`: 1 + a times the number of positions.
        temperature: of the softmax over positions.
    """

    def __init__(self, scale: str = "mean", temperature: float = 0.1) -> None:
        super().__init__()
        check_choice("ltem_scale", scale, ("mean", "sum", "residual"))
        if temperature <= 0:
            raise ValueError(f"ltem_temperature is {temperature}: it must be above 0")
        self.scale = scale
        self.temperature = temperature

    @torch.jit.export
    def attention(
        self, feature_map: torch.Tensor, text: torch.Tensor, has_text: torch.Tensor
    ) -> torch.Tensor:
        """Compare every position with the sentence.

        Args:
            feature_map: (B, C, W, H).
            text: (B, C), the whole sentence in the map's space.
            has_text: (B,) bool; without a sentence every position counts the same.

        Returns:
            (B, 1, W, H): softmax over positions of cosine / temperature, times W * H, so the mean is 1.
        """
        width, height = feature_map.shape[2], feature_map.shape[3]
        image = functional.normalize(feature_map.flatten(2).float(), dim=1)  # (B, C, W*H)
        cosine = (functional.normalize(text.float(), dim=1).unsqueeze(1) @ image).squeeze(1)  # (B, W*H)
        weights = (cosine / self.temperature).softmax(dim=1) * (width * height)
        weights = torch.where(has_text.unsqueeze(1), weights, torch.ones_like(weights))
        return weights.reshape(-1, 1, width, height)

    def forward(self, attention: torch.Tensor, has_text: torch.Tensor) -> torch.Tensor:
        """Turn attention (B, 1, W, H), mean 1, into the factor (B, 1, 2W, 2H) of the map above."""
        positions = attention.shape[2] * attention.shape[3]
        factor = attention
        if self.scale == "sum":
            factor = attention / positions
        elif self.scale == "residual":
            factor = 1 + attention
        factor = torch.where(has_text[:, None, None, None], factor, torch.ones_like(factor))
        return functional.interpolate(factor, scale_factor=2.0, mode="bilinear", align_corners=False)
