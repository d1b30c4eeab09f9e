"""How the tokens of a sentence reach the width of a feature map.

Source: Ariadne's Thread (Zhong et al., MICCAI 2023), Sec. 2.2, as its code runs it.
"""

from __future__ import annotations

import torch
from torch import nn


class TextProjection(nn.Module):
    """Project tokens for one guide layer.

    Args:
        text_width: channels of the tokens.
        channels: channels of the map.
        mixed_tokens: None (ours, default): Linear and LeakyReLU, each token by itself, so that any length and
            any padding work. (in, out), Ariadne's literal form: a convolution over the token axis comes first
            (24 -> 24, 12, 9 at the three levels), which bakes the length into a weight and lets padding take
            part.
    """

    def __init__(self, text_width: int, channels: int, mixed_tokens: tuple[int, int] | None = None) -> None:
        super().__init__()
        mixing: list[nn.Module] = [nn.Conv1d(*mixed_tokens, kernel_size=1), nn.GELU()] if mixed_tokens else []
        self.layers = nn.Sequential(*mixing, nn.Linear(text_width, channels), nn.LeakyReLU())

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        """Project tokens (B, L, text_width) to (B, L', channels)."""
        return self.layers(tokens)
