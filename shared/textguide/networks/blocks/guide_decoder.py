"""The decoder of Ariadne's Thread: three guide layers on the way up, then a sub-pixel head.

Source: Zhong et al., MICCAI 2023, Sec. 2.2 and Fig. 1; sizes as its code runs them. TMCA and SGSeg use it
unchanged but for what they say themselves.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from monai.networks.blocks import SubpixelUpsample, UnetOutBlock, UnetrUpBlock
from torch import nn

from textguide.networks.blocks.guide_layer import GuideLayer


class GuideDecoder(nn.Module):
    """Feature maps of strides 4, 8, 16, 32 and one sentence -> logits at stride 1.

    Args:
        channels: C of the maps, shallow first.
        no_text: what a sample without a sentence does. `token` (ours, default): the guide layers read the
            no-text token like a sentence. `skip`: they are left out for that sample, x + g (guide(x) - x),
            the literal text-free U-Net.
        guide_scale: see `GuideLayer.scale`.
        position: see `GuideLayer.position`.
    """

    def __init__(
        self,
        channels: Sequence[int],
        no_text: str = "token",
        guide_scale: float = 1.421,
        position: str = "grid",
    ) -> None:
        super().__init__()
        if no_text not in ("token", "skip"):
            raise ValueError(f"no_text is {no_text!r}: allowed are 'token' and 'skip'")
        self.skips_without_text = no_text == "skip"
        deep_first = list(channels)[::-1]
        self.guides = nn.ModuleList(
            GuideLayer(c, scale=guide_scale, position=position) for c in deep_first[:3]
        )
        self.ups = nn.ModuleList(
            UnetrUpBlock(2, deep, shallow, kernel_size=3, upsample_kernel_size=2, norm_name="BATCH")
            for deep, shallow in zip(deep_first[:3], deep_first[1:], strict=True)
        )
        self.expand = SubpixelUpsample(2, channels[0], channels[0] // 4, scale_factor=4)
        self.out = UnetOutBlock(2, channels[0] // 4, 1)

    def forward(
        self,
        maps: list[torch.Tensor],
        texts: list[torch.Tensor],
        padding: torch.Tensor | None,
        has_text: torch.Tensor,
        gates: list[torch.Tensor],
    ) -> torch.Tensor:
        """Decode.

        Args:
            maps: four maps (B, C_i, W / s, H / s), strides 4, 8, 16, 32.
            texts: three projected sentences (B, L, C_i) for the strides 32, 16, 8.
            padding: (B, L) bool, or None where the projection mixed the tokens.
            has_text: (B,) bool.
            gates: factors (B, 1, W / s, H / s) for the decoded maps of the strides 16, 8, 4; an empty list
                for none.

        Returns:
            (B, 1, W, H) logits.
        """
        skips = [maps[2], maps[1], maps[0]]
        x = maps[3]
        for level, (guide, up) in enumerate(zip(self.guides, self.ups)):  # noqa: B905 (scripted)
            guided = guide(x, texts[level], padding)
            x = torch.where(has_text[:, None, None, None], guided, x) if self.skips_without_text else guided
            x = up(x, skips[level])
            if len(gates) > 0:
                x = x * gates[level]
        return self.out(self.expand(x))
