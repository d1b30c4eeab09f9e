"""The guide layer of Ariadne's Thread: a feature map reads a sentence.

Source: Zhong et al., "Ariadne's Thread: Using Text Prompts to Improve Segmentation of Infected Areas from
Chest X-ray Images", MICCAI 2023, Sec. 2.2. Used by TMCA and SGSeg, which keep it.
"""

from __future__ import annotations

import torch
from torch import nn

from textguide.choices import check_choice
from textguide.networks.blocks.position import grid_code, sequence_code


class GuideLayer(nn.Module):
    """Self-attention over the map, then cross-attention to the tokens, each normed before and after.

    x <- x + LN(SA(LN(x) + p, LN(x) + p, LN(x)));  x <- x + scale * LN(CA(LN(x) + p, t + p_t, t)).

    Args:
        channels: C of the map and of the tokens, a multiple of 4: the cross-attention has 4 heads, the
            self-attention one.
        scale: start of the learned factor of the cross-attention: 1.421 in Ariadne's code, 0.01 in SGSeg's.
        position: `grid` (ours, default) or `flat` (Ariadne's), see `blocks.position`.
    """

    def __init__(self, channels: int, scale: float = 1.421, position: str = "grid") -> None:
        super().__init__()
        check_choice("position", position, ("grid", "flat"))
        self.grid = position == "grid"
        self.self_norm = nn.LayerNorm(channels)
        self.self_attention = nn.MultiheadAttention(channels, 1, batch_first=True)
        self.self_out_norm = nn.LayerNorm(channels)
        self.cross_norm = nn.LayerNorm(channels)
        self.cross_attention = nn.MultiheadAttention(channels, 4, batch_first=True)
        self.cross_out_norm = nn.LayerNorm(channels)
        self.scale = nn.Parameter(torch.tensor(scale))

    def forward(
        self, feature_map: torch.Tensor, text: torch.Tensor, padding: torch.Tensor | None
    ) -> torch.Tensor:
        """Let a map read a sentence.

        Args:
            feature_map: (B, C, W, H).
            text: (B, L, C), projected to the map's width.
            padding: (B, L) bool, True where `text` holds nothing; at least one False a row. None: nothing is
                padding.

        Returns:
            (B, C, W, H).
        """
        width, height = feature_map.shape[2], feature_map.shape[3]
        x = feature_map.flatten(2).transpose(1, 2)  # (B, W*H, C)
        code = grid_code(width, height, x) if self.grid else sequence_code(x)
        value = self.self_norm(x)
        query = value + code
        x = x + self.self_out_norm(self.self_attention(query, query, value, need_weights=False)[0])
        query = self.cross_norm(x) + code
        key = text + sequence_code(text)
        read = self.cross_attention(query, key, text, key_padding_mask=padding, need_weights=False)[0]
        x = x + self.scale * self.cross_out_norm(read)
        return x.transpose(1, 2).reshape(feature_map.shape)
