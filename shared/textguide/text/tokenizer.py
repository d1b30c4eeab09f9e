"""Sentence -> token ids: our own WordPiece vocabulary (no download), or any BERT-like tokenizer by name.

A prompt is data. Whatever a user types, special-token strings included, is plain text; Latin script never
becomes [UNK], because every letter is a piece; a long word is split rather than lost.
"""

from __future__ import annotations

import os
import warnings
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, normalizers, pre_tokenizers, processors
from tokenizers.models import WordPiece
from torch import LongTensor
from transformers import AutoTokenizer, BertTokenizer, PreTrainedTokenizerFast

from textguide.text.report_styles import write_report

VOCABULARY_FILE = Path(__file__).with_name("vocab.txt")
SPECIAL_TOKENS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
LONGEST_WORD = 32
"""Characters after which a word is split: WordPiece costs the square of a word's length."""


def build_normalizer() -> normalizers.Normalizer:
    """Return our normaliser: no control characters, compatibility forms unfolded, no accents."""
    return normalizers.Sequence(
        [
            normalizers.BertNormalizer(
                clean_text=True, handle_chinese_chars=True, strip_accents=False, lowercase=False
            ),
            # NFKD: a report pasted from a PDF carries ligatures, superscripts and full-width letters.
            normalizers.NFKD(),
            normalizers.StripAccents(),
            normalizers.Lowercase(),
        ]
    )


def load_tokenizer(path: str | None = None) -> PreTrainedTokenizerFast:
    """Load a tokenizer; remote code is never run.

    Args:
        path: a directory written by ``save_pretrained``, or a hub name (``paper.json``); None gives our own
            vocabulary, which needs no download.

    Returns:
        A fast tokenizer that adds [CLS] and [SEP] (ids differ between vocabularies: ask the tokenizer).

    Raises:
        FileNotFoundError: if there is no such directory, or a hub name cannot be found or reached.
        TypeError: if it is not a fast tokenizer.
    """
    if path is None:
        return _own_tokenizer()
    path = os.fspath(path)
    looks_local = (
        path.startswith((".", "~", os.sep)) or path.count("/") > 1 or Path(path).suffix in (".txt", ".json")
    )
    if looks_local and not Path(path).expanduser().is_dir():
        raise FileNotFoundError(
            f"no tokenizer directory at {path!r}; give a directory written by save_pretrained, a hub name "
            "'owner/name', or nothing for the vocabulary of textguide"
        )
    path = str(Path(path).expanduser()) if looks_local else path
    try:
        tokenizer = AutoTokenizer.from_pretrained(path, trust_remote_code=False)
    except ValueError:
        # CXR-BERT names a tokenizer class of its own; its vocabulary is a plain BERT one.
        tokenizer = BertTokenizer.from_pretrained(path)
    except OSError as error:
        raise FileNotFoundError(
            f"the tokenizer {path!r} cannot be loaded: it is no directory, and the hub does not give it; "
            "go online once, or give a directory written by save_pretrained (tokenizer#path)"
        ) from error
    if not isinstance(tokenizer, PreTrainedTokenizerFast):
        raise TypeError(
            f"{path!r} has a {type(tokenizer).__name__}; a fast tokenizer (tokenizer.json) is needed"
        )
    return tokenizer


def _own_tokenizer() -> PreTrainedTokenizerFast:
    pieces = VOCABULARY_FILE.read_text(encoding="utf-8").splitlines()
    vocabulary = {piece: index for index, piece in enumerate(pieces)}
    pad, unknown, start, end, mask = SPECIAL_TOKENS
    backend = Tokenizer(WordPiece(vocabulary, unk_token=unknown, max_input_chars_per_word=LONGEST_WORD))
    backend.normalizer = build_normalizer()
    backend.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.BertPreTokenizer(), pre_tokenizers.FixedLength(length=LONGEST_WORD)]
    )
    backend.post_processor = processors.BertProcessing((end, vocabulary[end]), (start, vocabulary[start]))
    backend.decoder = decoders.WordPiece()
    return PreTrainedTokenizerFast(
        tokenizer_object=backend,
        pad_token=pad,
        unk_token=unknown,
        cls_token=start,
        sep_token=end,
        mask_token=mask,
        split_special_tokens=True,
        model_max_length=512,
    )


def tokenize(
    tokenizer: PreTrainedTokenizerFast, text: str | None, max_length: int
) -> tuple[LongTensor, LongTensor]:
    """Turn one sentence into token ids and their mask, padded and cut to ``max_length``.

    Args:
        tokenizer: what ``load_tokenizer`` returned.
        text: any string. None, and text in which nothing is left to read (empty, blanks, control
            characters), is "no text": padding everywhere and a mask of zeros.
        max_length: number of tokens, the two special ones included; at least 3.

    Returns:
        ``input_ids`` (max_length,) and ``attention_mask`` (max_length,), 1 for a token and 0 for padding.

    Raises:
        TypeError: if ``text`` is neither a string nor None.
        ValueError: if ``max_length`` is below 3 or the tokenizer has no padding token.
    """
    if text is not None and not isinstance(text, str):
        raise TypeError(f"text must be a string or None, got {type(text).__name__}")
    if max_length < 3:
        raise ValueError(f"max_length must be at least 3 (start, one piece, end), got {max_length}")
    if tokenizer.pad_token_id is None:
        raise ValueError(
            f"the tokenizer {tokenizer.name_or_path!r} has no padding token; set tokenizer.pad_token"
        )
    ids = _token_ids(tokenizer, text)
    if len(ids) > max_length:
        warnings.warn(
            f"a text of {len(ids)} tokens was cut to {max_length}, {len(ids) - max_length} are not read; "
            "raise max_length or shorten the text",
            stacklevel=2,
        )
        ids = ids[: max_length - 1] + ids[-1:]
    padding = max_length - len(ids)
    input_ids = torch.tensor(ids + [tokenizer.pad_token_id] * padding, dtype=torch.long)
    attention_mask = torch.tensor([1] * len(ids) + [0] * padding, dtype=torch.long)
    return input_ids, attention_mask  # type: ignore[return-value]


def tokenize_reports(tokenizer: PreTrainedTokenizerFast) -> list[list[int]]:
    """Return the token ids of the 64 sentences that six zones make, unpadded.

    Sentence number sum of bit_k 2^k is that of the zones bit_0 .. bit_5, in the style "refined".
    """
    zones = [[number >> zone & 1 for zone in range(6)] for number in range(64)]
    return [_token_ids(tokenizer, write_report(bits)) for bits in zones]


def _token_ids(tokenizer: PreTrainedTokenizerFast, text: str | None) -> list[int]:
    """Return the ids with the special ones around them, or none at all for "no text"."""
    if text is None or not text.strip():
        return []
    # Half a surrogate pair (a cut-off emoji) cannot be encoded; as a replacement character it is dropped.
    readable = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    # verbose=False: the notice about long texts is ours to give.
    ids = tokenizer(readable, split_special_tokens=True, truncation=False, verbose=False)["input_ids"]
    return ids if len(ids) > tokenizer.num_special_tokens_to_add() else []
