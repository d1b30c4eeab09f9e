"""The sentence of a record -> token ids, as a MONAI dictionary transform."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

from monai.config import KeysCollection
from monai.transforms import MapTransform
from transformers import PreTrainedTokenizerBase

from textguide.text import tokenize


class TokenizeTextd(MapTransform):
    """Add `input_ids` and `attention_mask`, both (max_length,) long; the sentence itself stays as it is.

    A missing, empty or blank sentence gives an all-zero mask: no sentence. A longer one is cut, with a
    warning that gives counts and no words.

    Args:
        keys: the sentence (`text`).
        tokenizer: see `textguide.text.load_tokenizer`.
        max_length: tokens, with the special ones.
        allow_missing_keys: a record without the key is left alone.
    """

    def __init__(
        self,
        keys: KeysCollection,
        tokenizer: PreTrainedTokenizerBase,
        max_length: int = 64,
        allow_missing_keys: bool = False,
    ) -> None:
        super().__init__(keys, allow_missing_keys)
        self.tokenizer = tokenizer
        self.max_length = max_length

    def __call__(self, data: Mapping[Hashable, Any]) -> dict[Hashable, Any]:
        """Tokenise one record."""
        record = dict(data)
        for key in self.key_iterator(record):
            record["input_ids"], record["attention_mask"] = tokenize(
                self.tokenizer, record[key], self.max_length
            )
        return record
