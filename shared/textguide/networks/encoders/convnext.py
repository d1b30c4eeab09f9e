"""ConvNeXt as a list of feature maps: the image encoder of Ariadne's Thread, TMCA and SGSeg.

Source: Liu et al., "A ConvNet for the 2020s", CVPR 2022, through `transformers.ConvNextModel`. Its four
stages are read raw, as the published guide decoders do: `ConvNextBackbone` would add a LayerNorm per stage
that the ImageNet checkpoint does not contain.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import nn
from transformers import ConvNextConfig, ConvNextModel

from textguide.networks.encoders.architecture import read_architecture


class ConvNeXtEncoder(nn.Module):
    """Image -> the four stage outputs, shallow first, and the pooled vector.

    Args:
        architecture: a hub name or a folder (`facebook/convnext-tiny-224`), or the arguments of
            `ConvNextConfig` as a dictionary (`hidden_sizes`, `depths`, `layer_scale_init_value`, ...), which
            needs no download.
        pooled: whether the pooled vector is wanted. Without it the final LayerNorm is not built: it would
            never receive a gradient.
    """

    def __init__(self, architecture: str | Path | dict[str, Any], pooled: bool = True) -> None:
        super().__init__()
        self.model = read_architecture(architecture, ConvNextConfig, ConvNextModel)
        self.channels: list[int] = list(self.model.config.hidden_sizes)
        if not pooled:
            self.model.layernorm = nn.Identity()

    def forward(self, image: torch.Tensor) -> list[torch.Tensor]:
        """Encode a batch of images.

        Args:
            image: (B, 3, W, H) float, z-scored; W and H multiples of 32.

        Returns:
            Five tensors: maps (B, C_i, W / s_i, H / s_i) for the strides s = 4, 8, 16, 32, and the pooled
            vector (B, C_4), the normalised global average of the last map.
        """
        output = self.model(image, output_hidden_states=True)
        return [*output.hidden_states[1:], output.pooler_output]

    def __prepare_scriptable__(self) -> nn.Module:
        """Stand in for this module in `torch.jit.script`: a trace, exact at any size (all convolution)."""
        training = self.training
        device = next(self.model.parameters()).device
        image = torch.zeros(1, 3, 64, 96, device=device)
        traced = torch.jit.trace(self.eval(), image, check_trace=False, strict=False)
        self.train(training)
        return traced
