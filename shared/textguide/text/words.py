"""A text -> the words of the grammar: abbreviations and synonyms resolved, typing errors repaired."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from textguide.text.lexicon import (
    COUNT_WORDS,
    FINDINGS,
    FUNCTION_WORDS,
    HEADS_OF_OTHERS,
    LATERALITY,
    LONGEST_PHRASE,
    NEGATIONS,
    OTHER_SUBJECTS,
    OTHER_WORDS,
    PHRASES,
    QUOTES,
    REMARKS,
    REST,
    SIDES,
    SYNONYMS,
    UNDERSTOOD,
    ZONES,
)
from textguide.text.lines import HEIGHTS, mark_items
from textguide.text.vocabulary import WHOLE_WORDS

_PLACES = """
lung zone apex base apical basal superior inferior zones field fields third thirds region regions bilaterally
"""
REPAIRABLE = tuple(
    word
    for word in (
        *(*SIDES, *ZONES, *LATERALITY, *COUNT_WORDS),
        *("area", "areas", *_PLACES.split()),
        *sorted(word for word in FINDINGS | FUNCTION_WORDS if len(word) > 5),
    )
    if len(word) > 3
)
"""Only towards these is a typing error repaired; none of them denies anything."""

KNOWN = UNDERSTOOD | NEGATIONS | REST | OTHER_SUBJECTS | OTHER_WORDS | HEADS_OF_OTHERS | WHOLE_WORDS
KNOWN |= SYNONYMS.keys() | REMARKS
_BEGINNINGS = {typed[0] for typed in PHRASES}
KNOWN |= _BEGINNINGS
"""Words that are no typing errors."""


@dataclass(frozen=True)
class Words:
    """A text as the grammar sees it.

    Attributes:
        understood: canonical words and separators, in order; a word without a meaning here stands as it is.
        repairs: (as typed, as read) pairs, each once.
        unknown: words that neither the grammar nor the vocabulary knows, each once, in order.
    """

    understood: tuple[str, ...]
    repairs: tuple[tuple[str, str], ...]
    unknown: tuple[str, ...]


def read_words(text: str) -> Words:
    """Split a text into words and separators; resolve synonyms, abbreviations and typing errors."""
    typed: list[str] = []
    repairs: dict[str, str] = {}
    unknown: dict[str, None] = {}
    for word in split_words(mark_items(_unify(text))):
        if word in QUOTES:
            continue
        if word not in KNOWN and word.isalpha():
            repaired = repair(word)
            if repaired is None:
                unknown[word] = None
            else:
                repairs[word] = word = repaired
        typed.append(word)
    return Words(tuple(_resolve(typed)), tuple(repairs.items()), tuple(unknown))


def split_words(text: str) -> list[str]:
    """Return words, numbers and single symbols; the `EOF XXX` that the LViT sheets end with is dropped."""
    text = re.sub(r"\b(?:eof|xxx)\b", " ", _unify(text))
    text = _RUN.sub(r"\1 - \2", text)
    text = re.sub(r"(?<=[^\W_])-(?=[^\W_])|(?<=[^\W\d_])[‒–—―−](?=[^\W\d_])", " ", text)  # "mid-zone"
    return re.findall(r"[^\W_]+|\S", text)


def _unify(text: str) -> str:
    """Return lower case, one form for full-width letters and hyphens, and nothing that is invisible.

    Control and format characters (NUL, soft hyphen, direction marks) cut no word: the tokenizer drops them.
    """
    text = unicodedata.normalize("NFKC", text).lower().replace("\u2010", "-")
    if text.isascii() and not _CONTROL.search(text):
        return text
    return "".join(
        letter for letter in text if letter in "\t\n\r" or unicodedata.category(letter) not in _INVISIBLE
    )


_INVISIBLE = ("Cc", "Cf", "Cs")  # control and format characters, halves of surrogate pairs
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_RUN = re.compile(rf"\b({HEIGHTS})[‒–—―−]({HEIGHTS})\b")  # "upper–lower": with or without what is between?


def _resolve(typed: list[str]) -> list[str]:
    words: list[str] = []
    at = 0
    while at < len(typed):
        for length in range(LONGEST_PHRASE if typed[at] in _BEGINNINGS else 0, 0, -1):
            phrase = tuple(typed[at : at + length])
            if phrase in PHRASES:
                words.extend(PHRASES[phrase])
                at += len(phrase)
                break
        else:
            words.append(SYNONYMS.get(typed[at], typed[at]))
            at += 1
            if words[-1] in _LETTERS:
                dot = typed[at : at + 1] == ["."]
                if typed[at + dot : at + dot + 1] and typed[at + dot] in _BEHIND_A_LETTER:
                    words[-1] = _LETTERS[words[-1]]
                    at += dot
    return words


_LETTERS = {"l": "left", "r": "right"}
_BEHIND_A_LETTER = {*ZONES, "mid", "apical", "basal", "apex", "base", "midzone", "lung", "uz", "mz", "lz"}
"""What makes a side of the letter before it: "L. upper zone", "R base"."""


@lru_cache(maxsize=4096)
def repair(word: str) -> str | None:
    """Return the word of the closed vocabulary at edit distance 1, or None if there is not just one."""
    if len(word) < 4:
        return None
    near = [known for known in REPAIRABLE if is_one_edit_apart(word, known)]
    return near[0] if len(near) == 1 else None


def is_one_edit_apart(first: str, second: str) -> bool:
    """Tell whether one insertion, deletion, substitution or swap of neighbours makes one word the other."""
    if first == second or abs(len(first) - len(second)) > 1:
        return False
    shared = 0
    while shared < min(len(first), len(second)) and first[shared] == second[shared]:
        shared += 1
    rest, other = first[shared:], second[shared:]
    if len(rest) == len(other):
        return rest[1:] == other[1:] or (rest[1::-1] == other[:2] and rest[2:] == other[2:])
    return rest[1:] == other or rest == other[1:]
