"""The decoder of Ariadne's Thread: three guide layers on the way up, then a sub-pixel head.

Source: Zhong et al., MICCAI 2023, Sec. 2.2 and Fig. 1; sizes as its code runs them. TMCA and SGSeg use it
unchanged but for what they say themselves.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import partial

import torch
from monai.networks.blocks import SubpixelUpsample, UnetOutBlock, UnetrUpBlock
from torch import nn

from textguide.choices import check_choice
from textguide.networks.blocks.guide_layer import GuideLayer
from textguide.networks.blocks.subpixel_head import subpixel_logits
from textguide.networks.blocks.text_projection import TextProjection

LEVELS = ("32", "16", "8")
"""The strides of the maps that read the sentence, deep first."""
MIXED_LENGTH = 24
"""Tokens that Ariadne's literal token mixing takes."""
_MIXED_TOKENS = {"32": (MIXED_LENGTH, 24), "16": (MIXED_LENGTH, 12), "8": (MIXED_LENGTH, 9)}


class GuideDecoder(nn.Module):
    """Feature maps of strides 4, 8, 16, 32 and one sentence -> logits at stride 1.

    Args:
        channels: C of the maps, shallow first.
        text_width: channels of the tokens.
        given: levels whose projected text the network hands in; the others have their own `TextProjection`.
        token_mixing: `none`, or `conv24`, Ariadne's literal convolution over 24 token positions, which length
            and content of the padding influence.
        no_text: what a sample without a sentence does. `token` (ours, default): the guide layers read the
            no-text token like a sentence. `skip`: they are left out for that sample, x + g (guide(x) - x),
            the literal text-free U-Net.
        guide_scale: see `GuideLayer.scale`.
        position: see `GuideLayer.position`.
    """

    def __init__(
        self,
        channels: Sequence[int],
        text_width: int,
        given: Collection[str] = (),
        token_mixing: str = "none",
        no_text: str = "token",
        guide_scale: float = 1.421,
        position: str = "grid",
    ) -> None:
        super().__init__()
        check_choice("token_mixing", token_mixing, ("none", "conv24"))
        check_choice("no_text", no_text, ("token", "skip"))
        self.mixes_tokens, self.skips_without_text = token_mixing == "conv24", no_text == "skip"
        if self.mixes_tokens and given:
            raise ValueError("token_mixing 'conv24' mixes raw tokens: it goes with decoder_text 'raw'")
        self.levels = list(LEVELS)
        deep_first = list(channels)[::-1]
        self.projections = nn.ModuleDict(
            {
                level: TextProjection(text_width, width, _MIXED_TOKENS[level] if self.mixes_tokens else None)
                for level, width in zip(LEVELS, deep_first, strict=False)
                if level not in given
            }
        )
        self.guides = nn.ModuleList(
            GuideLayer(width, scale=guide_scale, position=position) for width in deep_first[:3]
        )
        self.ups = nn.ModuleList(
            UnetrUpBlock(2, deep, shallow, kernel_size=3, upsample_kernel_size=2, norm_name="BATCH")
            for deep, shallow in zip(deep_first[:3], deep_first[1:], strict=True)
        )
        self.scale = 4
        self.expand = SubpixelUpsample(2, channels[0], channels[0] // 4, scale_factor=self.scale)
        self.out = UnetOutBlock(2, channels[0] // 4, 1)

    def forward(
        self,
        maps: list[torch.Tensor],
        tokens: torch.Tensor,
        padding: torch.Tensor,
        has_text: torch.Tensor,
        texts: dict[str, torch.Tensor],
        gates: dict[str, torch.Tensor],
    ) -> torch.Tensor:
        """Decode.

        Args:
            maps: four maps (B, C_i, W / s, H / s), strides 4, 8, 16, 32.
            tokens: (B, L, text_width).
            padding: (B, L) bool, True where `tokens` hold nothing.
            has_text: (B,) bool.
            texts: projected sentences (B, L, C_level) of the levels in `given`.
            gates: factors (B, 1, 2 W / s, 2 H / s) for what is decoded from the map of a level; levels
                without one are left as they are.

        Returns:
            (B, 1, W, H) logits.
        """
        read = torch.jit.annotate(dict[str, torch.Tensor], {})
        for level, projection in self.projections.items():
            read[level] = projection(tokens)
        readable = None if self.mixes_tokens else padding
        skips = [maps[2], maps[1], maps[0]]
        x = maps[3]
        for step, (guide, up) in enumerate(zip(self.guides, self.ups)):  # noqa: B905 (scripted)
            level = self.levels[step]
            guided = guide(x, read[level] if level in read else texts[level], readable)
            x = torch.where(has_text[:, None, None, None], guided, x) if self.skips_without_text else guided
            x = up(x, skips[step])
            if level in gates:
                x = x * gates[level]
        expand, out = self.expand.conv_block, self.out.conv.conv
        return subpixel_logits(x, expand.weight, expand.bias, out.weight, out.bias, scale=self.scale)

    def expected_probability(
        self,
        maps: list[torch.Tensor],
        tokens: torch.Tensor,
        padding: torch.Tensor,
        weights: torch.Tensor,
    ) -> torch.Tensor:
        """Decode every image under several sentences, and add up what each finds by its weight.

        Args:
            maps: as in `forward`.
            tokens: (B, K, L, text_width), of K sentences for each image.
            padding: (B, K, L) bool.
            weights: (B, K).

        Returns:
            (B, 1, W, H), the weighted sum of the K probabilities.
        """
        batch, count = weights.shape[0], weights.shape[1]
        repeated = [level.repeat_interleave(count, dim=0) for level in maps]
        has_text = torch.ones(batch * count, dtype=torch.bool, device=weights.device)
        texts = torch.jit.annotate(dict[str, torch.Tensor], {})
        logits = self.forward(repeated, tokens.flatten(0, 1), padding.flatten(0, 1), has_text, texts, texts)
        probability = logits.sigmoid().unflatten(0, (batch, count))  # (B, K, 1, W, H)
        return (probability * weights[:, :, None, None, None]).sum(dim=1)

    @torch.jit.unused
    def attention(
        self,
        maps: list[torch.Tensor],
        tokens: torch.Tensor,
        padding: torch.Tensor,
        has_text: torch.Tensor,
        texts: dict[str, torch.Tensor],
        gates: dict[str, torch.Tensor],
    ) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        """Decode, and tell which token each place of a map attended to.

        Literal token mixing hides the tokens from the attention: what a mixed token got is shared among the
        tokens that it was mixed of, by the size of their weights.

        Args:
            maps: as in `forward`.
            tokens: as in `forward`.
            padding: as in `forward`.
            has_text: as in `forward`.
            texts: as in `forward`.
            gates: as in `forward`.

        Returns:
            the logits, and for each level (B, L, W / s, H / s), the mean of the heads; sums to 1 over L.
        """
        found: dict[str, torch.Tensor] = {}

        def note(level: str, module: nn.Module, given: tuple, named: dict[str, torch.Tensor]) -> None:
            weights = module.forward(*given, **{**named, "need_weights": True})[1]  # (B, W*H, L')
            if self.mixes_tokens:
                mixing = self.projections[level].get_parameter("layers.0.weight")[:, :, 0].abs()  # (L', L)
                weights = weights @ (mixing / mixing.sum(dim=1, keepdim=True))
            found[level] = weights

        hooks = [
            guide.get_submodule("cross_attention").register_forward_pre_hook(
                partial(note, level), with_kwargs=True
            )
            for level, guide in zip(self.levels, self.guides, strict=True)
        ]
        try:
            logits = self.forward(maps, tokens, padding, has_text, texts, gates)
        finally:
            for hook in hooks:
                hook.remove()
        sizes = dict(zip(self.levels, maps[::-1], strict=False))
        return logits, {
            level: weights.transpose(1, 2).unflatten(2, sizes[level].shape[2:])
            for level, weights in found.items()
        }
