"""TMCA: language-guided segmentation with target-informed multi-level contrastive alignments.

Paper: Li, Meng, Ye, Feng, Bi, Kim, arXiv 2412.13533. No code is public. Base: Ariadne's Thread (Zhong et al.,
MICCAI 2023), which is this file with `align_levels: []` and `ltem_levels: []`.

Reproduced: the language-guided U-Net (ConvNeXt, CXR-BERT, guide decoder; Sec. 3.1), text features as the mean
of the last three hidden states (3.1), projection heads per level and what the target-sensitive alignment
reads (3.2; the loss is `losses.alignment`), language-guided target enhancement (3.3), the decoder that reads
the aligned text (3.4), every row of Tables 2 to 4 by arguments.

The paper leaves open, we chose:
* How a map becomes one vector: global average. Global text: the mean over tokens of the projected text;
  `text_pooling: cls`.
* The projection head: Linear, LayerNorm, GELU, Linear, as in Ariadne's code.
* Which text the decoder reads: the aligned one, as Eq. 4, f_s = CA(I', T'), says, so that the heads matter;
  `decoder_text: raw`.
* Enhancement: cosine for the printed dot product, and the softmax times the number of positions, since the
  literal product shrinks features 50 to 800 times (`ltem_scale: mean | sum | residual`); temperature 0.1.
* Positions of a map: a code of the place in the image rather than of the flattened index (`position: flat`).
* No sentence: a learned token takes its place (`no_text: skip` is the text-free U-Net).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.nn import functional

from textguide.arguments import keeps_arguments
from textguide.choices import check_choice, check_choices
from textguide.networks.blocks.guide_decoder import LEVELS, MIXED_LENGTH, GuideDecoder
from textguide.networks.blocks.inputs import prepare_inputs
from textguide.networks.blocks.target_enhancement import TargetEnhancement
from textguide.networks.encoders.convnext import ConvNeXtEncoder
from textguide.networks.encoders.text import TextEncoder

_ALIGNED = ("g", *LEVELS)


@keeps_arguments
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
        token_mixing: `none`, or `conv24` (with `decoder_text: raw`), see `GuideDecoder`.
        guide_scale: start of the learned factor of the cross-attention.
        position: `grid` or `flat`, see `GuideLayer`.

    Raises:
        ValueError: an unknown level or choice.
    """

    def __init__(
        self,
        image_encoder: str | Path | dict[str, Any],
        text_encoder: str | Path | dict[str, Any],
        text_layers: int = 3,
        freeze_text: bool = False,
        frozen_mode: str = "eval",
        align_levels: Sequence[str] = _ALIGNED,
        ltem_levels: Sequence[str] = LEVELS,
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
        check_choices("align_levels", align_levels, _ALIGNED)
        check_choices("ltem_levels", ltem_levels, LEVELS)
        check_choice("decoder_text", decoder_text, ("aligned", "raw"))
        check_choice("text_pooling", text_pooling, ("mean", "cls"))
        self.align_levels, self.ltem_levels = tuple(align_levels), tuple(ltem_levels)
        self.pools_first = text_pooling == "cls"
        self.image_encoder = ConvNeXtEncoder(image_encoder, pooled="g" in align_levels)
        length = MIXED_LENGTH if token_mixing == "conv24" else None
        self.text_encoder = TextEncoder(text_encoder, text_layers, freeze_text, frozen_mode, length)
        channels, text_width = self.image_encoder.channels, self.text_encoder.width
        width = {"g": channels[3], "32": channels[3], "16": channels[2], "8": channels[1]}
        used = [level for level in _ALIGNED if level in align_levels or level in ltem_levels]
        self.heads = nn.ModuleDict({level: _head(text_width, width[level]) for level in used})
        self.enhancement = TargetEnhancement(ltem_scale, ltem_temperature)
        self.decoder = GuideDecoder(
            channels,
            text_width,
            given=[level for level in align_levels if level in LEVELS and decoder_text == "aligned"],
            token_mixing=token_mixing,
            no_text=no_text,
            guide_scale=guide_scale,
            position=position,
        )

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

        Returns:
            (B, 1, W, H) logits. In training a dictionary: `logits`, `has_text` (B,) bool, and for every
            aligned level `image_LEVEL` and `text_LEVEL`, both (B, C_level).

        Raises:
            ValueError: a shape that does not fit, or an id that the vocabulary does not have.
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

        Returns:
            `probability` (B, 1, W, H) in [0, 1], and `enhancement_LEVEL` (B, 1, W, H) for every level of
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
        """Encode, align, enhance, decode: the whole of Fig. 1; gives logits, extras, attention per level."""
        padded, ids, mask = prepare_inputs(image, input_ids, attention_mask, multiple=32)
        features = self.image_encoder(padded)
        maps = {"8": features[1], "16": features[2], "32": features[3]}
        tokens, padding, has_text = self.text_encoder(ids, mask)

        texts: dict[str, torch.Tensor] = {}
        extras = {"has_text": has_text}
        attention: dict[str, torch.Tensor] = {}
        gates: dict[str, torch.Tensor] = {}
        for level, head in self.heads.items():
            texts[level] = head(tokens)  # (B, L, C_level)
            sentence = self._pool(texts[level], padding)
            if level in self.align_levels:
                extras["image_" + level] = features[4] if level == "g" else maps[level].mean(dim=(2, 3))
                extras["text_" + level] = sentence
            if level in self.ltem_levels:
                attention[level] = self.enhancement.attention(maps[level], sentence, has_text)
                gates[level] = self.enhancement(attention[level], has_text)
        logits = self.decoder(features[:4], tokens, padding, has_text, texts, gates)
        return logits[:, :, : image.shape[2], : image.shape[3]], extras, attention

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
