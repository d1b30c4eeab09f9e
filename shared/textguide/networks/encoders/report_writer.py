"""Six zones -> the sentence that says so, encoded once and for all.

Six labels make 64 sentences (SGSeg, Ye et al., MICCAI 2024, Sec. 2.3). Encoded and stored with the weights,
they are looked up by their six bits, and inference needs neither tokenizer nor text encoder.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import torch
from torch import nn
from torch.nn import functional

from textguide.choices import check_choice
from textguide.networks.encoders.text import TextEncoder

ZONES = 6


class ReportWriter(nn.Module):
    """Zone logits -> the token features of a sentence, out of a table.

    Token ids, masks and features of the sentences are buffers of the checkpoint.

    Args:
        reports: token ids of the 64 sentences, see `textguide.text.tokenize_reports`; the sentence of six
            bits is number sum of bit_k 2^k.
        width: channels of the features.
        length: least length of the table; a text encoder of a fixed length has its own.
        on_empty: what is written where no zone is found: `text` ("no infection."), `argmax` (the likeliest
            zone), or `no_text`: nothing.
        share: of the training samples without a sentence, how many get a written one, its zones drawn by
            their probabilities (scheduled sampling, Bengio et al., NeurIPS 2015). In evaluation all do.
        sentences: over how many of the likeliest sentences the mask of such a sample is averaged in
            evaluation, each by its probability (ours); 1 is the paper: the written one alone.

    Raises:
        ValueError: there are not 64 sentences, or one is empty; an unknown choice, a share outside [0, 1], or
            a number of sentences outside 1 to 64.
    """

    if TYPE_CHECKING:  # TorchScript takes annotations at run time for its own, and strings for unknown types
        ids: torch.Tensor
        mask: torch.Tensor
        features: torch.Tensor
        places: torch.Tensor

    def __init__(
        self,
        reports: Sequence[Sequence[int]],
        width: int,
        length: int = 1,
        on_empty: str = "text",
        share: float = 0.0,
        sentences: int = 1,
    ) -> None:
        super().__init__()
        check_choice("on_empty", on_empty, ("text", "argmax", "no_text"))
        if not 0 <= share <= 1:
            raise ValueError(f"self_guided_share is {share}: a share between 0 and 1 is allowed")
        if len(reports) != 2**ZONES or not all(reports):
            raise ValueError(
                f"{len(reports)} reports, {sum(not report for report in reports)} of them empty: the token "
                f"ids of {2**ZONES} sentences are needed, one for each set of {ZONES} zones"
            )
        if not 1 <= sentences <= len(reports):
            raise ValueError(f"sentences is {sentences}: 1 to {len(reports)} are allowed")
        self.on_empty, self.share, self.sentences = on_empty, float(share), sentences
        longest = max(length, *map(len, reports))
        ids = [[*report, *[0] * (longest - len(report))] for report in reports]
        mask = [[1] * len(report) + [0] * (longest - len(report)) for report in reports]
        self.register_buffer("ids", torch.tensor(ids))
        self.register_buffer("mask", torch.tensor(mask))
        self.register_buffer("features", torch.zeros(len(reports), longest, width))
        one_zone = [set(reports[2**zone]) for zone in range(ZONES)]
        places = set[int]().union(*one_zone) - set[int].intersection(*one_zone)
        self.register_buffer("places", torch.tensor(sorted(places), dtype=torch.long), persistent=False)
        self._is_stale, self._was_trained = True, False
        self.register_load_state_dict_post_hook(_trust_loaded_features)

    def written_zones(self, zone_logits: torch.Tensor) -> torch.Tensor:
        """Turn zone logits (B, 6) into the six bits (B, 6) long of the sentence that is written."""
        bits = (zone_logits >= 0).long()
        if self.on_empty == "argmax":
            likeliest = functional.one_hot(zone_logits.argmax(dim=1), bits.shape[1])
            bits = torch.where(bits.any(dim=1, keepdim=True), bits, likeliest)
        return bits

    def choose(
        self, zone_logits: torch.Tensor, attention_mask: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Decide who gets a sentence, and which.

        Args:
            zone_logits: (B, 6).
            attention_mask: (B, L), a row of zeros where no sentence was given.

        Returns:
            written (B,) bool, and numbers (B,) of the sentences.
        """
        bits = self.written_zones(zone_logits)
        written = (attention_mask <= 0).all(dim=1)
        if self.training:
            bits = torch.bernoulli(zone_logits.detach().float().sigmoid()).long()
            written = written & (torch.rand(len(written), device=written.device) < self.share)
        if self.on_empty == "no_text":
            written = written & bits.any(dim=1)
        return written, self.numbers_of(bits)

    def likeliest(self, zone_logits: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Rank the sentences: the one that is written first, then the likeliest others.

        Args:
            zone_logits: (B, 6), of independent zones.

        Returns:
            numbers (B, K) of `sentences` sentences, and their probabilities (B, K) among each other, sum 1.
        """
        every = torch.arange(self.ids.shape[0], device=zone_logits.device)
        bits = (every.unsqueeze(1) >> torch.arange(zone_logits.shape[1], device=every.device)) & 1  # (64, 6)
        known, unknown = functional.logsigmoid(zone_logits), functional.logsigmoid(-zone_logits)
        scores = known @ bits.T.to(known.dtype) + unknown @ (1 - bits).T.to(known.dtype)  # (B, 64)
        written = self.numbers_of(self.written_zones(zone_logits)).unsqueeze(1)
        numbers = scores.scatter(1, written, float("inf")).topk(self.sentences, dim=1).indices
        return numbers, scores.gather(1, numbers).softmax(dim=1)

    def numbers_of(self, bits: torch.Tensor) -> torch.Tensor:
        """Turn six bits (B, 6) into the number (B,) of their sentence."""
        return (bits * 2 ** torch.arange(bits.shape[1], device=bits.device)).sum(dim=1)

    def forward(self, numbers: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Look up features (..., L, width) and padding (..., L), True where they hold nothing."""
        return self.features[numbers], self.mask[numbers] == 0

    def says_place(self, ids: torch.Tensor) -> torch.Tensor:
        """Tell of each id whether it is a word of place: what differs among the sentences of one zone."""
        return torch.isin(ids, self.places)

    def train(self, mode: bool = True) -> ReportWriter:
        """Set the mode; what trains makes the features stale."""
        super().train(mode)
        if mode:
            self._was_trained = self._is_stale = True
        return self

    @torch.jit.unused
    @torch.no_grad()
    def follow(self, text_encoder: TextEncoder) -> None:
        """Encode the sentences anew if the text encoder has been trained since; in full precision."""
        if self._is_stale:
            with torch.autocast(self.ids.device.type, enabled=False):
                features, _, _ = text_encoder(self.ids, self.mask)
            self.features.copy_(features)
            self._is_stale = False


def _trust_loaded_features(writer: ReportWriter, keys: Any) -> None:
    """Weights bring the features of their own text encoder; in training these are made anew all the same."""
    if not writer._was_trained and not any(name.endswith(".features") for name in keys.missing_keys):
        writer._is_stale = False


def choose_rows(chosen: torch.Tensor, one: torch.Tensor, other: torch.Tensor, filling: float) -> torch.Tensor:
    """Take the rows (B, L, ...) of `one` where `chosen` (B,), else of `other`; the shorter is filled up."""
    missing = one.shape[1] - other.shape[1]
    after = [0, 0] * (one.dim() - 2)
    one = functional.pad(one, after + [0, max(0, -missing)], value=filling)
    other = functional.pad(other, after + [0, max(0, missing)], value=filling)
    return torch.where(chosen.reshape([-1] + [1] * (one.dim() - 1)), one, other)
