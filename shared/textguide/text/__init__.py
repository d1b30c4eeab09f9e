"""Sentences: tokens, the grammar of reports, left and right."""

from textguide.text.tokenizer import load_tokenizer, tokenize

__all__ = ["load_tokenizer", "tokenize"]
