"""SGSeg: language-guided segmentation that needs no sentence, because it writes its own.

Paper: Ye, Meng, Li, Feng, Kim, "Enabling Text-free Inference in Language-guided Segmentation of Chest X-rays
via Self-guidance", MICCAI 2024.

Reproduced: the language-guided U-Net (ConvNeXt, CXR-BERT, guide decoder; Sec. 2.2); localization-enhanced
report generation, LERG (2.3): RT-DETR, location-based attention aggregation, six labels, report grammar, text
encoder; the true sentence in training, the written one afterwards; every row of Table 2 by arguments.

The paper leaves open, we chose:
* X are the object vectors of the last decoder layer, and A is read as (softmax(X q^T))^T X.
* "Simple report generation": the global average of the last feature map and one linear layer.
* The 64 sentences that six labels make are encoded once and stored with the weights (`ReportWriter`).
* No label above 0.5: "no infection." is written, which no training caption says (`on_empty`).
* A training sample whose sentence was left out may read one that the network writes (`self_guided_share`; 0
  is the paper), and a learned mark tells it from a typed one (`marks_written`), so that the network learns
  how far to trust itself; the others read a learned token (`no_text`).
* Compact: the detector reads the U-Net's own feature maps (`detector_backbone: shared`).
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import nn

from textguide.arguments import keeps_arguments
from textguide.choices import check_choice
from textguide.networks.blocks.guide_decoder import MIXED_LENGTH, GuideDecoder
from textguide.networks.blocks.inputs import prepare_inputs
from textguide.networks.blocks.shown_maps import show_queries, show_reading
from textguide.networks.encoders.convnext import ConvNeXtEncoder
from textguide.networks.encoders.report_heads import LERG, SimpleReportHead
from textguide.networks.encoders.report_writer import ZONES, ReportWriter, choose_rows
from textguide.networks.encoders.text import TextEncoder


@keeps_arguments
class SGSeg(nn.Module):
    """Image -> six zones -> sentence -> logits; a sentence that is given takes the place of the written one.

    Args:
        image_encoder: architecture of the ConvNeXt, see `ConvNeXtEncoder`.
        text_encoder: architecture of the BERT, see `TextEncoder`.
        reports: token ids of the 64 sentences, see `ReportWriter`.
        report_head: `lerg`, `simple` (no detector), or `none`: nothing is written, and a missing sentence is
            no sentence.
        detector_encoder: architecture of the RT-DETR, see `DetectorEncoder`; for `lerg`.
        detector_backbone: see `LERG.backbone`.
        detector_init: see `DetectorEncoder.init`.
        detector_input: see `DetectorEncoder.input_range`.
        aggregator_scale: see `LocationAggregator`.
        on_empty: see `ReportWriter`.
        self_guided_share: see `ReportWriter.share`.
        marks_written: whether a learned vector tells a written sentence from a typed one; the paper has none.
        sentences: see `ReportWriter`.
        reads_text: False: the decoder never reads a sentence, `no_text` is `skip` (Table 2, without text).
        contrastive: publish what a contrastive loss compares (the warm-up, and Table 2's CLIP row), the text
            through one linear layer where the widths differ (ours).
        no_text: see `GuideDecoder`.
        token_mixing: see `GuideDecoder`.
        guide_scale: see `GuideDecoder`.
        position: see `GuideDecoder`.

    Attributes:
        self_guided: whether a missing sentence is written in evaluation; False is the network without any.

    Raises:
        ValueError: an unknown choice, a share outside [0, 1], or a report that nobody reads.
    """

    def __init__(
        self,
        image_encoder: str | Path | dict[str, Any],
        text_encoder: str | Path | dict[str, Any],
        reports: Sequence[Sequence[int]],
        report_head: str = "lerg",
        detector_encoder: str | Path | dict[str, Any] | None = None,
        detector_backbone: str = "own",
        detector_init: str = "pretrained",
        detector_input: str = "zscore",
        aggregator_scale: str = "none",
        on_empty: str = "text",
        self_guided_share: float = 0.0,
        marks_written: bool = True,
        sentences: int = 1,
        reads_text: bool = True,
        contrastive: bool = False,
        no_text: str = "token",
        token_mixing: str = "none",
        guide_scale: float = 0.01,
        position: str = "grid",
    ) -> None:
        super().__init__()
        check_choice("report_head", report_head, ("lerg", "simple", "none") if reads_text else ("none",))
        self.reads_text, self.contrastive = reads_text, contrastive
        self.self_guided, self.zones = report_head != "none", ZONES
        self.image_encoder = ConvNeXtEncoder(image_encoder, pooled=False)
        channels = self.image_encoder.channels
        length = MIXED_LENGTH if token_mixing == "conv24" else None
        self.text_encoder = TextEncoder(text_encoder, fixed_length=length)
        width = self.text_encoder.width
        self.report_writer = ReportWriter(reports, width, length or 1, on_empty, self_guided_share, sentences)
        self.report_head: nn.Module | None = None
        if report_head == "lerg":
            self.report_head = LERG(
                detector_encoder, detector_backbone, channels, detector_init, detector_input, aggregator_scale
            )
        elif report_head == "simple":
            self.report_head = SimpleReportHead(channels[3])
        self.smallest = int(getattr(self.report_head, "smallest", 1))
        self.written_mark = nn.Parameter(torch.zeros(width), requires_grad=marks_written)
        self.text_pooled: nn.Module | None = None
        if contrastive:
            self.text_pooled = nn.Identity() if width == channels[3] else nn.Linear(width, channels[3])
        no_text = no_text if reads_text else "skip"
        self.decoder = GuideDecoder(channels, width, (), token_mixing, no_text, guide_scale, position)

    def forward(
        self,
        image: torch.Tensor,
        input_ids: torch.Tensor | None = None,
        attention_mask: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """Segment what the sentence names; without one, what the network itself would report.

        Args:
            image: (B, 1 or 3, W, H) float, z-scored, any W and H.
            input_ids: (B, L) long, any L >= 1; None: no sentence.
            attention_mask: (B, L) long, 1 for a token. A row of zeros: no sentence. None: every position
                counts.

        Returns:
            (B, 1, W, H) logits. In training a dictionary: `logits`; `zone_logits` (B, 6), unless nothing is
            written; with `contrastive` also `has_text` (B,) bool, `image_g` and `text_g`, both (B, C).

        Raises:
            ValueError: a shape that does not fit, an id that the vocabulary does not have, or a sentence for
                a text-free network.
        """
        logits, zone_logits, extras = self._segment(image, input_ids, attention_mask)
        if not torch.jit.is_scripting():  # noqa: SIM102 (a script compiles what stands behind `and`)
            if self.training:
                extras["logits"] = logits
                if self.report_head is not None:
                    extras["zone_logits"] = zone_logits
                return extras  # type: ignore[return-value]
        return logits

    @torch.jit.export
    def report(
        self,
        image: torch.Tensor,
        input_ids: torch.Tensor | None = None,
        attention_mask: torch.Tensor | None = None,
    ) -> dict[str, torch.Tensor]:
        """Segment, and tell which zones the network itself finds, whatever the sentence says; in one pass.

        Args:
            image: as in `forward`.
            input_ids: as in `forward`.
            attention_mask: as in `forward`.

        Returns:
            `logits` (B, 1, W, H) and `zone_logits` (B, 6): left upper, middle and lower, right upper, middle
            and lower; their sigmoids are probabilities, `written_zones` makes bits of them.
        """
        logits, zone_logits, _ = self._segment(image, input_ids, attention_mask)
        return {"logits": logits, "zone_logits": zone_logits}

    @torch.jit.export
    def written_zones(self, zone_logits: torch.Tensor) -> torch.Tensor:
        """Turn zone logits (B, 6) into the six bits (B, 6) long of the sentence that is written."""
        return self.report_writer.written_zones(zone_logits)

    @torch.jit.unused
    def explain(
        self,
        image: torch.Tensor,
        input_ids: torch.Tensor | None = None,
        attention_mask: torch.Tensor | None = None,
    ) -> dict[str, torch.Tensor]:
        """Show what was written, what was read of it, and where.

        Args:
            image: as in `forward`.
            input_ids: as in `forward`.
            attention_mask: as in `forward`.

        Returns:
            `probability` (B, 1, W, H); `read_ids` and `read_mask` (B, L), the sentence that was read; what
            `show_reading` tells of its words; where a report is written, `zone_probabilities` (B, 6),
            and what `show_queries` tells of the detector.
        """
        padded, ids, mask = prepare_inputs(image, input_ids, attention_mask, 32, self.smallest)
        features = self.image_encoder(padded)
        zone_logits, weights, boxes = self._find_zones(padded, features)
        tokens, padding, has_text, written, ids, mask = self._read(ids, mask, zone_logits)
        logits, attention = self.decoder.attention(features[:4], tokens, padding, has_text, {}, {})
        logits = self._soften(logits, features[:4], zone_logits, written)
        ids, mask = ids[:, : tokens.shape[1]], mask[:, : tokens.shape[1]]
        width, height = image.shape[2:]
        shown = {"probability": logits[..., :width, :height].sigmoid(), "read_ids": ids, "read_mask": mask}
        shown |= show_reading(attention, self.report_writer.says_place(ids) & (mask > 0), padded)
        if self.report_head is not None:
            shown["zone_probabilities"] = zone_logits.sigmoid()
        if weights.shape[1]:
            shown |= show_queries(weights, boxes, padded, image)
        return {name: it[..., :width, :height] if it.dim() == 4 else it for name, it in shown.items()}

    @torch.jit.unused
    def text_free(self) -> SGSeg:
        """Copy the network without its BERT: it reads what it writes itself, and refuses a typed sentence."""
        other = copy.deepcopy(self).eval()
        other.text_encoder.forget_words()
        return other

    def train(self, mode: bool = True) -> SGSeg:
        """Set the mode; the written sentences follow the text encoder whenever training pauses."""
        super().train(mode)
        if not mode and self.text_encoder.bert is not None:
            self.report_writer.follow(self.text_encoder)
        return self

    def _segment(
        self, image: torch.Tensor, input_ids: torch.Tensor | None, attention_mask: torch.Tensor | None
    ) -> tuple[torch.Tensor, torch.Tensor, dict[str, torch.Tensor]]:
        """Encode, report, read, decode: the whole of Fig. 1; gives logits, zone logits and extras."""
        padded, ids, mask = prepare_inputs(image, input_ids, attention_mask, 32, self.smallest)
        features = self.image_encoder(padded)
        zone_logits, _, _ = self._find_zones(padded, features)
        tokens, padding, has_text, written, _, read_mask = self._read(ids, mask, zone_logits)
        extras: dict[str, torch.Tensor] = {}
        if self.text_pooled is not None:
            kept = (~padding).unsqueeze(2).to(tokens.dtype)
            extras["has_text"] = (read_mask > 0).any(dim=1)
            extras["image_g"] = features[3].mean(dim=(2, 3))
            extras["text_g"] = self.text_pooled((tokens * kept).sum(dim=1) / kept.sum(dim=1))
        logits = self.decoder(features[:4], tokens, padding, has_text, {}, {})
        if not self.training:
            logits = self._soften(logits, features[:4], zone_logits, written)
        return logits[:, :, : image.shape[2], : image.shape[3]], zone_logits, extras

    def _soften(
        self, logits: torch.Tensor, maps: list[torch.Tensor], zone_logits: torch.Tensor, written: torch.Tensor
    ) -> torch.Tensor:
        """Average what was decoded under the written sentence with what its likeliest alternatives give."""
        rows = written.nonzero().squeeze(1)
        if self.report_writer.sentences == 1 or len(rows) == 0:
            return logits
        numbers, weights = self.report_writer.likeliest(zone_logits[rows])
        tokens, padding = self.report_writer(numbers[:, 1:])
        others = self.decoder.expected_probability(
            [level[rows] for level in maps], tokens + self.written_mark, padding, weights[:, 1:]
        )
        probability = logits[rows].sigmoid() * weights[:, :1, None, None] + others
        return logits.index_copy(0, rows, probability.logit(eps=1e-6).to(logits.dtype))

    def _find_zones(
        self, padded: torch.Tensor, maps: list[torch.Tensor]
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Give zone logits (B, 6), and of a detector the queries' weights (B, Q) and boxes (B, Q, 4)."""
        if self.report_head is not None:
            return self.report_head(padded, maps)
        nothing = padded.new_zeros(padded.shape[0], self.zones)
        return nothing - 1.0, nothing[:, :0], nothing[:, :0]

    def _read(
        self, ids: torch.Tensor, mask: torch.Tensor, zone_logits: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
        """Encode what is typed and look up what is written.

        Gives tokens (B, L, width), padding (B, L), has_text and written (B,), ids and mask (B, L) of what is
        read.
        """
        writer = self.report_writer
        written, numbers = writer.choose(zone_logits, mask)
        if not self.self_guided:
            written = torch.zeros_like(written)
        read_ids = choose_rows(written, writer.ids[numbers], ids, 0.0)
        read_mask = choose_rows(written, writer.mask[numbers], mask.to(writer.mask.dtype), 0.0)
        if self.training:
            tokens, padding, has_text = self.text_encoder(read_ids, read_mask)
        else:
            tokens, padding, has_text = self.text_encoder(ids, mask)
            written_tokens, written_padding = writer(numbers)
            tokens = choose_rows(written, written_tokens.to(tokens.dtype), tokens, 0.0)
            padding = choose_rows(written, written_padding, padding, 1.0)
            has_text = has_text | written
        tokens = tokens + written[:, None, None] * self.written_mark
        if not self.reads_text:
            has_text = torch.zeros_like(has_text)
        return tokens, padding, has_text, written, read_ids, read_mask
