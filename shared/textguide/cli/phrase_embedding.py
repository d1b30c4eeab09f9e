"""Phrases -> one vector each, by the text encoder of a bundle or by a BERT of its own."""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import PreTrainedTokenizerFast

from textguide.networks.encoders import TextEncoder
from textguide.segmenter import choose_device, load_bundle
from textguide.text import load_tokenizer, tokenize
from textguide.transforms import TokenizeTextd

_BATCH = 64
_LONGEST = 512


class PhraseEmbedding:
    """The mean over a phrase's tokens of the last hidden state, as in SGSeg's code.

    Padding is left out. That code averages it too, so there the vector of a phrase depends on the longest of
    all phrases. The vectors are neither whitened nor brought to one length, there as here.

    Args:
        encoder: in evaluation mode.
        tokenizer: the encoder's.
        name: what the report calls it.

    Raises:
        ValueError: the encoder has dropped its BERT.

    Attributes:
        cut: phrases that were longer than what the encoder reads.
    """

    def __init__(self, encoder: TextEncoder, tokenizer: PreTrainedTokenizerFast, name: str) -> None:
        if encoder.bert is None:
            raise ValueError(f"{name} knows no sentence any more; name a text encoder that reads text.")
        self.encoder, self.tokenizer, self.name = encoder.eval(), tokenizer, name
        # The last hidden state, however many the network averages.
        setattr(encoder.bert, "layers", 1)  # noqa: B010 - mypy takes every attribute of a module for a tensor
        self.length = min(encoder.fixed_length or encoder.max_length, _LONGEST)
        self.cut = 0

    @torch.inference_mode()
    def __call__(self, phrases: Sequence[str]) -> NDArray[np.float64]:
        """Encode phrases, in batches of similar length: (P, D).

        A phrase without a readable letter is a vector of zeros.
        """
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", UserWarning)
            tokens = [tokenize(self.tokenizer, phrase, self.length) for phrase in phrases]
        self.cut = sum("was cut" in str(one.message) for one in caught)
        device = self.encoder.no_text.device
        vectors = np.zeros((len(phrases), self.encoder.width))
        order = sorted(range(len(phrases)), key=lambda number: int(tokens[number][1].sum()))
        for start in range(0, len(order), _BATCH):
            batch = order[start : start + _BATCH]
            ids, mask = (torch.stack([tokens[number][part] for number in batch]) for part in (0, 1))
            features, padding, has_text = self.encoder(ids.to(device), mask.to(device))
            counted = (~padding & has_text[:, None]).unsqueeze(2).to(features.dtype)
            mean = (features * counted).sum(dim=1) / counted.sum(dim=1).clamp(min=1)
            vectors[batch] = mean.double().cpu().numpy()
        return vectors


def embedding_of_bundle(
    bundle: str | os.PathLike[str], device: str | torch.device | None = None
) -> PhraseEmbedding:
    """Take the text encoder of a bundle.

    Raises:
        FileNotFoundError: there is no such bundle.
        ValueError: it does not read text, or cannot be loaded.
    """
    loaded = load_bundle(bundle, device)
    steps = loaded.preprocessing.flatten().transforms
    tokenizers = [step.tokenizer for step in steps if isinstance(step, TokenizeTextd)]
    encoder = getattr(loaded.network, "text_encoder", None)
    if not isinstance(encoder, TextEncoder) or not tokenizers:
        raise ValueError(f"the bundle '{loaded.name}' has no text encoder; name a bundle that reads text.")
    return PhraseEmbedding(encoder, tokenizers[0], f"{loaded.name}, weights {loaded.weights_sha256[:12]}")


def embedding_of_bert(
    name: str | os.PathLike[str], device: str | torch.device | None = None
) -> PhraseEmbedding:
    """Take a BERT with its tokenizer.

    Args:
        name: a folder with its weights, or a hub name, such as microsoft/BiomedVLP-CXR-BERT-specialized.
        device: see `choose_device`.

    Raises:
        FileNotFoundError: there is none, or the folder holds no weights.
        ValueError: the device cannot be used.
    """
    folder = Path(name)
    if folder.is_dir() and not any((*folder.glob("*.safetensors*"), *folder.glob("pytorch_model*.bin*"))):
        raise FileNotFoundError(
            f"the folder '{folder}' holds no weights of a BERT; what random weights say means nothing."
        )
    encoder = TextEncoder(os.fspath(name), freeze=True).to(choose_device(device))
    return PhraseEmbedding(encoder, load_tokenizer(os.fspath(name)), folder.name)
