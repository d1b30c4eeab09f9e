"""Typing errors: letters swapped, dropped, doubled, added or hit beside, never another valid word."""

from __future__ import annotations

import re
from random import Random

from textguide.text.vocabulary import WHOLE_WORDS
from textguide.text.words import is_one_edit_apart

_NEIGHBOURS = dict(
    pair.split(":")
    for pair in """
    q:wa w:qes e:wrd r:etf t:ryg y:tuh u:yij i:uok o:ipl p:ol a:qsz s:adwx d:sfec f:dgrv g:fhtb h:gjyn j:hkum
    k:jlim l:kop z:asx x:zsdc c:xdfv v:cfgb b:vghn n:bhjm m:njk
    """.split()  # noqa: SIM905
)
"""Letter: those beside it on the keyboard."""
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_WORD = re.compile(r"[A-Za-z]{4,}")
_MEANINGS = (
    "left", "right", "upper superior apical apex apices top", "middle mid midzone",
    "lower inferior basal base bases basilar bottom", "both bilateral bilaterally bibasal bibasilar",
    "unilateral", "lung lungs zone zones field fields third thirds region regions",
    "clear spared sparing normal without except excluding not free", "whole entire all complete",
)  # fmt: skip
_MEANING = {word: number for number, words in enumerate(_MEANINGS) for word in words.split()}
_PLACE_WORDS = frozenset(word for words in _MEANINGS[:7] for word in words.split())


def misspell(text: str, draw: Random, count: int = 1) -> str:
    """Put `count` typing errors into words of four letters and more, half of them into words for a place.

    No error turns a word into another valid word, or nearer to a word for another place than to its own.
    """
    for _ in range(count):
        words = list(_WORD.finditer(text))
        places = [word for word in words if word.group().lower() in _PLACE_WORDS]
        if not words:
            return text
        for _ in range(5):
            found = draw.choice(places if places and draw.random() < 0.5 else words)
            typed = _mistype(found.group(), draw)
            if _is_safe(found.group().lower(), typed.lower()):
                text = text[: found.start()] + typed + text[found.end() :]
                break
    return text


def _mistype(word: str, draw: Random) -> str:
    at = draw.randrange(len(word))
    letter = word[at]
    kind = draw.randrange(6)
    if kind == 0 and at + 1 < len(word):
        return word[:at] + word[at + 1] + letter + word[at + 2 :]
    if kind == 1:
        return word[:at] + letter + word[at:]
    if kind == 2:
        return word[:at] + _match_case(draw.choice(_LETTERS), letter) + word[at:]
    if kind <= 4:
        beside = draw.choice(_NEIGHBOURS[letter.lower()])
        return word[:at] + _match_case(beside, letter) + word[at + 1 :]
    return word[:at] + word[at + 1 :]


def _match_case(letter: str, like: str) -> str:
    return letter.upper() if like.isupper() else letter


def _is_safe(word: str, typed: str) -> bool:
    if typed == word or typed in WHOLE_WORDS:
        return False
    meaning = _MEANING.get(word)
    return all(
        other_meaning == meaning or not is_one_edit_apart(typed, other)
        for other, other_meaning in _MEANING.items()
    )
