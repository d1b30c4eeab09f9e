"""TMCA: language-guided segmentation with target-informed multi-level contrastive alignments.

Paper: Li, Meng, Ye, Feng, Bi, Kim, arXiv 2412.13533. No code is public. Base: Ariadne's Thread (Zhong et al.,
MICCAI 2023), which is this file with `align_levels: []` and `ltem_levels: []`.

Reproduced: the language-guided U-Net (ConvNeXt, CXR-BERT, guide decoder; Sec. 3.1), text features as the mean
of the last three hidden states (3.1), projection heads per level (3.2), what the target-sensitive alignment
reads (3.2, 3.3; the loss is `losses.alignment`), language-guided target enhancement (3.4), every row of
Tables 2 to 4 by arguments.

The paper leaves open, we chose:
* How a map becomes one vector: global average. Global text: the mean over tokens of the projected text;
  `text_pooling: cls`.
* The projection head: Linear, LayerNorm, GELU, Linear, as in Ariadne's code.
* Which text the decoder reads: the aligned one, as Eq. f_s = CA(I', T') says, so that the heads matter;
  `decoder_text: raw`.
* Enhancement: cosine for the printed dot product, and the softmax times the number of positions, since the
  literal product shrinks features 50 to 800 times (`ltem_scale: mean | sum | residual`); temperature 0.1.
* No sentence: a learned token takes its place (`no_text: skip` is the text-free U-Net).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.nn import functional

from textguide.networks.blocks.guide_decoder import GuideDecoder
from textguide.networks.blocks.guide_layer import TextProjection
from textguide.networks.blocks.padding import pad_to_multiple, three_channels
from textguide.networks.blocks.target_enhancement import TargetEnhancement
from textguide.networks.encoders.convnext import ConvNeXtEncoder
from textguide.networks.encoders.text import TextEncoder

_LEVELS = ("g", "32", "16", "8")
_MIXED_TOKENS = {"32": (24, 24), "16": (24, 12), "8": (24, 9)}


class TMCA(nn.Module):
    """Image and sentence -> logits; in training also what the alignment compares.

    Args:
        image_encoder: architecture of the ConvNeXt, see `ConvNeXtEncoder`.
        text_encoder: architecture of the BERT, see `TextEncoder`.
        text_layers: hidden states averaged to text features (3; Ariadne: 1).
        freeze_text: whether the BERT keeps its weights.
        frozen_mode: `eval` or `train`, see `TextEncoder`.
        align_levels: where image and text are aligned: any of `g` (pooled), `32`, `16`, `8` (strides).
        ltem_levels: which maps enhance the decoded map above them: any of `32`, `16`, `8`.
        ltem_scale: `mean`, `sum` or `residual`, see `TargetEnhancement`.
        ltem_temperature: of the enhancement's softmax.
        decoder_text: `aligned` or `raw`; a level that is not aligned always reads its own projection of the
            raw text.
        text_pooling: `mean` over the tokens or `cls`, the first token.
        no_text: `token` or `skip`, see `GuideDecoder`.
        token_mixing: `none`, or `conv24`, Ariadne's literal convolution over 24 token positions (with
            `decoder_text: raw`), which padding and length then influence.
        guide_scale: start of the learned factor of the cross-attention.
        position: `grid` or `flat`, see `GuideLayer`.

    Raises:
        ValueError: an unknown level or choice.
    """

    stride = ConvNeXtEncoder.stride

    def __init__(
        self,
        image_encoder: str | Path | dict[str, Any],
        text_encoder: str | Path | dict[str, Any],
        text_layers: int = 3,
        freeze_text: bool = False,
        frozen_mode: str = "eval",
        align_levels: Sequence[str] = _LEVELS,
        ltem_levels: Sequence[str] = _LEVELS[1:],
        ltem_scale: str = "mean",
        ltem_temperature: float = 0.1,
        decoder_text: str = "aligned",
        text_pooling: str = "mean",
        no_text: str = "token",
        token_mixing: str = "none",
        guide_scale: float = 1.421,
        position: str = "grid",
    ) -> None:
        super().__init__()
        _check("align_levels", align_levels, _LEVELS)
        _check("ltem_levels", ltem_levels, _LEVELS[1:])
        _check("decoder_text", [decoder_text], ("aligned", "raw"))
        _check("text_pooling", [text_pooling], ("mean", "cls"))
        _check("token_mixing", [token_mixing], ("none", "conv24"))
        mixes = token_mixing == "conv24"
        if mixes and decoder_text == "aligned":
            raise ValueError("token_mixing 'conv24' mixes raw tokens: it goes with decoder_text 'raw'")
        self.align_levels, self.ltem_levels = tuple(align_levels), tuple(ltem_levels)
        self.pools_first, self.mixes_tokens = text_pooling == "cls", mixes
        self.image_encoder = ConvNeXtEncoder(image_encoder, pooled="g" in align_levels)
        self.text_encoder = TextEncoder(
            text_encoder, text_layers, freeze_text, frozen_mode, fixed_length=24 if mixes else None
        )
        channels = self.image_encoder.channels
        width = {"g": channels[3], "32": channels[3], "16": channels[2], "8": channels[1]}
        text_width = self.text_encoder.width
        self.heads = nn.ModuleDict(
            {
                level: _head(text_width, width[level])
                for level in _LEVELS
                if level in [*align_levels, *ltem_levels]
            }
        )
        self.projections = nn.ModuleDict(
            {
                level: TextProjection(text_width, width[level], _MIXED_TOKENS[level] if mixes else None)
                for level in _LEVELS[1:]
                if decoder_text == "raw" or level not in align_levels
            }
        )
        self.enhancement = TargetEnhancement(ltem_scale, ltem_temperature)
        self.decoder = GuideDecoder(channels, no_text, guide_scale, position)

    def forward(
        self,
        image: torch.Tensor,
        input_ids: torch.Tensor | None = None,
        attention_mask: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """Segment what the sentence names.

        Args:
            image: (B, 1 or 3, W, H) float, z-scored, any W and H.
            input_ids: (B, L) long, any L >= 1; None: no sentence.
            attention_mask: (B, L) long, 1 for a token. A row of zeros: no sentence. None: every position
                counts.

        Returns: (B, 1, W, H) logits. In training a dictionary: `logits`, `has_text` (B,) bool, and for every
            aligned level `image_LEVEL` and `text_LEVEL`, both (B, C_level).
        """
        logits, extras, _ = self._segment(image, input_ids, attention_mask)
        if not torch.jit.is_scripting():  # noqa: SIM102 (a script compiles what stands behind `and`)
            if self.training:
                extras["logits"] = logits
                return extras  # type: ignore[return-value]
        return logits

    @torch.jit.unused
    def explain(
        self,
        image: torch.Tensor,
        input_ids: torch.Tensor | None = None,
        attention_mask: torch.Tensor | None = None,
    ) -> dict[str, torch.Tensor]:
        """Show what the sentence did.

        Args:
            image: as in `forward`.
            input_ids: as in `forward`.
            attention_mask: as in `forward`.

        Returns: `probability` (B, 1, W, H) in [0, 1], and `enhancement_LEVEL` (B, 1, W, H) for every level of
            `ltem_levels`: the attention of the whole sentence over the map of that stride, upsampled, mean 1
            (before `ltem_scale`).
        """
        logits, _, attention = self._segment(image, input_ids, attention_mask)
        shown = {"probability": logits.sigmoid()}
        width, height = image.shape[2], image.shape[3]
        for level, weights in attention.items():
            large = functional.interpolate(
                weights, scale_factor=float(level), mode="bilinear", align_corners=False
            )
            shown[f"enhancement_{level}"] = large[..., :width, :height]
        return shown

    def _segment(
        self, image: torch.Tensor, input_ids: torch.Tensor | None, attention_mask: torch.Tensor | None
    ) -> tuple[torch.Tensor, dict[str, torch.Tensor], dict[str, torch.Tensor]]:
        """Encode, align, enhance, decode: the whole of Fig. 2; gives logits, extras, attention per level."""
        if input_ids is None:
            input_ids = torch.zeros(image.shape[0], 1, dtype=torch.long, device=image.device)
            attention_mask = torch.zeros_like(input_ids)
        elif attention_mask is None:
            attention_mask = torch.ones_like(input_ids)
        features = self.image_encoder(pad_to_multiple(three_channels(image), 32))
        tokens, padding, has_text = self.text_encoder(input_ids, attention_mask)
        texts, vectors = self._project(tokens, padding)
        maps = {"8": features[1], "16": features[2], "32": features[3]}

        extras = {"has_text": has_text}
        for level in self.align_levels:
            extras["image_" + level] = features[4] if level == "g" else maps[level].mean(dim=(2, 3))
            extras["text_" + level] = vectors[level]

        attention: dict[str, torch.Tensor] = {}
        gates: list[torch.Tensor] = []
        if len(self.ltem_levels) > 0:
            for level in ("32", "16", "8"):  # the map of one stride enhances the decoded map of the next
                gates.append(torch.ones(1, 1, 1, 1, dtype=image.dtype, device=image.device))
                if level in self.ltem_levels:
                    attention[level] = self.enhancement.attention(maps[level], vectors[level], has_text)
                    gates[-1] = self.enhancement(attention[level], has_text)

        readable = None if self.mixes_tokens else padding
        logits = self.decoder(features[:4], [texts["32"], texts["16"], texts["8"]], readable, has_text, gates)
        return logits[:, :, : image.shape[2], : image.shape[3]], extras, attention

    def _project(
        self, tokens: torch.Tensor, padding: torch.Tensor
    ) -> tuple[dict[str, torch.Tensor], dict[str, torch.Tensor]]:
        """Tokens (B, L, width) -> per level tokens to read (B, L, C_level) and the sentence (B, C_level)."""
        texts: dict[str, torch.Tensor] = {}
        vectors: dict[str, torch.Tensor] = {}
        for level, head in self.heads.items():
            texts[level] = head(tokens)
            vectors[level] = self._pool(texts[level], padding)
        for level, projection in self.projections.items():
            texts[level] = projection(tokens)
        return texts, vectors

    def _pool(self, text: torch.Tensor, padding: torch.Tensor) -> torch.Tensor:
        """(B, L, C) -> (B, C): the mean over the tokens that are not padding, or the first token."""
        if self.pools_first:
            return text[:, 0]
        kept = (~padding).unsqueeze(2).to(text.dtype)
        return (text * kept).sum(dim=1) / kept.sum(dim=1)


def _head(text_width: int, channels: int) -> nn.Sequential:
    """Projection head of Ariadne's shape: text into the space where a level compares it with its map."""
    return nn.Sequential(
        nn.Linear(text_width, channels), nn.LayerNorm(channels), nn.GELU(), nn.Linear(channels, channels)
    )


def _check(name: str, given: Sequence[str], allowed: Sequence[str]) -> None:
    unknown = [choice for choice in given if choice not in allowed]
    if unknown:
        raise ValueError(f"{name} has {unknown[0]!r}: allowed are {', '.join(map(repr, allowed))}")
