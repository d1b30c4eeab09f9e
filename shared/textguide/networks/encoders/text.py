"""Sentence -> token features: a BERT that encodes each distinct sentence once.

Source: Devlin et al., "BERT", NAACL 2019, through `transformers.BertModel`. CXR-BERT (Boecking et al.,
"Making the Most of Text Semantics", ECCV 2022) has BERT's shape and loads as such: only its two training
heads are left out.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import nn
from transformers import BertConfig, BertModel

from textguide.choices import check_choice
from textguide.networks.encoders.architecture import read_architecture


class TextEncoder(nn.Module):
    """Token ids -> token features, with a learned stand-in for "no sentence".

    A batch of segmentation training holds few distinct sentences (QaTa-COV19: 63 in all): the unique rows are
    encoded and scattered back, which is exact. What stands in the padding is replaced before anything reads
    it.

    Args:
        architecture: a hub name or a folder (`microsoft/BiomedVLP-CXR-BERT-specialized`), or the arguments of
            `BertConfig` as a dictionary, which needs no download.
        layers: the features are the mean of the last `layers` hidden states (TMCA, Sec. 3.1: three; Ariadne:
            one).
        freeze: whether the BERT keeps its weights. The no-text token is learned all the same.
        frozen_mode: `eval` (deterministic; default) or `train` (Ariadne's code: a frozen BERT whose dropout
            is on).
        fixed_length: every sentence is padded to this many tokens, the hidden states of the padding are
            computed too, and a longer sentence is an error. Only Ariadne's literal token mixing wants it.

    Attributes:
        width: channels of the features.
        max_length: longest sentence in tokens; what is longer is cut.
    """

    def __init__(
        self,
        architecture: str | Path | dict[str, Any],
        layers: int = 1,
        freeze: bool = False,
        frozen_mode: str = "eval",
        fixed_length: int | None = None,
    ) -> None:
        super().__init__()
        check_choice("frozen_mode", frozen_mode, ("eval", "train"))
        bert = read_architecture(
            architecture, BertConfig, BertModel, add_pooling_layer=False, attn_implementation="eager"
        )
        if not 1 <= layers <= bert.config.num_hidden_layers + 1:
            raise ValueError(
                f"layers is {layers}: this BERT has {bert.config.num_hidden_layers + 1} hidden states, the "
                "embeddings among them"
            )
        self.bert: nn.Module | None = _Bert(bert, layers)
        self.frozen_eval = freeze and frozen_mode == "eval"
        bert.requires_grad_(not freeze)
        self.width = int(bert.config.hidden_size)
        self.max_length = int(bert.config.max_position_embeddings)
        self.vocabulary = int(bert.config.vocab_size)
        self.fixed_length = fixed_length
        self.no_text = nn.Parameter(torch.randn(self.width) * 0.02)

    def train(self, mode: bool = True) -> TextEncoder:
        """Set the mode; a BERT frozen in `eval` mode stays there."""
        super().train(mode)
        if self.bert is not None and self.frozen_eval:
            self.bert.eval()
        return self

    @torch.jit.unused
    def forget_words(self) -> None:
        """Drop the BERT: what is left knows "no sentence" alone."""
        self.bert = None

    def forward(
        self, input_ids: torch.Tensor, attention_mask: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Encode the sentences of a batch.

        Args:
            input_ids: (B, L) long, any L >= 1.
            attention_mask: (B, L) long, 1 for a token, 0 for padding. A row of zeros is "no sentence".

        Returns:
            tokens (B, L', width) float, with L' the longest sentence of the batch; padding (B, L') bool,
            True where a position holds nothing; has_text (B) bool. The row of a sample without a sentence
            holds the no-text token once, so that no row is all padding (a softmax over nothing is NaN) and
            every parameter has a gradient.

        Raises:
            ValueError: an id that the vocabulary does not have, a sentence above `fixed_length`, or any
                sentence after `forget_words`.
        """
        ids, mask = self._fit(input_ids, attention_mask > 0)
        has_text = mask.any(dim=1)
        first = torch.arange(mask.shape[1], device=mask.device) == 0
        mask = mask | (first & ~has_text.unsqueeze(1))
        tokens = self.no_text.expand(mask.shape[0], mask.shape[1], self.width)
        if self.bert is None:
            if bool(has_text.any()):
                raise ValueError("a sentence came, and this network is text-free: leave the sentence out")
        elif self.training or bool(has_text.any()):
            rows, inverse = torch.unique(torch.cat([ids, mask.long()], dim=1), dim=0, return_inverse=True)
            distinct_ids, distinct_mask = rows[:, : mask.shape[1]], rows[:, mask.shape[1] :]
            tokens = self.bert(distinct_ids, distinct_mask)[inverse]
        tokens = torch.where(has_text[:, None, None], tokens, self.no_text.to(tokens.dtype))
        return tokens, ~mask, has_text

    def _fit(self, input_ids: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Cut the columns that are padding in every row, or fill up to `fixed_length`; blank the padding."""
        positions = torch.arange(1, mask.shape[1] + 1, device=mask.device)
        longest = max(1, int((mask.any(dim=0) * positions).max()))
        length = min(longest, self.max_length)
        if self.fixed_length is not None:
            if longest > self.fixed_length:
                raise ValueError(
                    f"a sentence has {longest} tokens: this text encoder takes {self.fixed_length} at most"
                )
            length = self.fixed_length
        missing = max(0, length - mask.shape[1])
        mask = nn.functional.pad(mask[:, :length], (0, missing))
        ids = nn.functional.pad(input_ids[:, :length], (0, missing)).masked_fill(~mask, 0)
        if int(ids.max()) >= self.vocabulary or int(ids.min()) < 0:
            raise ValueError(
                f"ids lie between {int(ids.min())} and {int(ids.max())}: this text encoder knows 0 to "
                f"{self.vocabulary - 1}; tokenizer and weights must come from the same bundle"
            )
        return ids, mask


class _Bert(nn.Module):
    """The mean of a BERT's last hidden states; traced where the network around it is scripted."""

    def __init__(self, model: BertModel, layers: int) -> None:
        super().__init__()
        self.model = model
        self.layers = layers

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        if self.layers == 1:
            return self.model(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        states = self.model(
            input_ids=input_ids, attention_mask=attention_mask, output_hidden_states=True
        ).hidden_states
        return torch.stack(states[-self.layers :]).mean(dim=0)

    def __prepare_scriptable__(self) -> nn.Module:
        training = self.training
        ids = torch.ones(2, 12, dtype=torch.long)
        mask = torch.ones(2, 12, dtype=torch.long)
        mask[1, 6:] = 0
        device = next(self.model.parameters()).device
        inputs = (ids.to(device), mask.to(device))
        traced = torch.jit.trace(self.eval(), inputs, check_trace=False, strict=False)
        self.train(training)
        return traced
