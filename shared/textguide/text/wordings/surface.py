"""Families that write a sentence of another family differently: case, punctuation, typing errors."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from random import Random

from textguide.text.wordings import long, sentences, sides
from textguide.text.wordings.misspelling import misspell

Writer = Callable[[Sequence[int], Random], str]

_BASES: tuple[Writer, ...] = (
    *(sentences.template, sentences.phrase, sentences.phrase, sentences.synonyms, sentences.synonyms),
    *(sides.per_side, sides.abbreviations),
)
_LONGER = (*_BASES, sentences.ellipsis, long.place_sentence, long.place_sentence)
"""Those that may be written in another case or with typing errors: the signs between their words stay."""


def case(zones: Sequence[int], draw: Random) -> str:
    """Write in UPPER, lower, Title or sWAPPED case, or some WORDS in capitals."""
    text = draw.choice(_LONGER)(zones, draw)
    style = draw.choice((str.upper, str.upper, str.title, str.lower, str.swapcase, None))
    if style is not None:
        return style(text)
    return " ".join(word.upper() if draw.random() < 0.3 else word for word in text.split(" "))


_ENDS = ("..", " .", "!", "...", " -", ";", ",", "")
_FRAMES = ("({})", '"{}"', "- {}", "* {}", "[{}]", "'{}'", "-- {}", "> {}", "1. {}")


def punctuation(zones: Sequence[int], draw: Random) -> str:
    """Change what stands between the words, and never what they mean."""
    text = draw.choice(_BASES)(zones, draw)
    change = draw.randrange(9)
    if change == 0:
        return text.rstrip(".") + draw.choice(_ENDS)
    if change == 1:
        return text.replace(", ", draw.choice((" , ", ",", ",  ", " - ")))
    if change == 2:
        return text.replace(" ", draw.choice(("  ", "\n", "\t", " \n")))
    if change == 3:
        return draw.choice(_FRAMES).format(text)
    if change == 4:
        return text.replace("; ", draw.choice((" / ", " - ", " | ", "\n"))).replace(" and ", " & ")
    if change == 5:
        return re.sub(r"[.;:,]", "", text) if _binds_without_signs(text) else text.rstrip(".")
    if change == 6:
        return text.replace(". ", draw.choice(("; ", "\n", ".", " - "))).rstrip(".")
    if change == 7:
        return re.sub(r"(\w) (zone|lung|field|third|region)", r"\1-\2", text)
    return (
        text.replace(" and ", draw.choice((", ", " & ", " + ", " / ")), 1)
        if text.count(" and ") == 1
        else text
    )


def _binds_without_signs(text: str) -> bool:
    """Tell whether every sign within stands before a side: the side then begins what belongs to it."""
    return not re.search(r"[.;:,/-](?! (?:the )?(?:left|right)\b)(?=.)|\bon the\b", text, re.DOTALL)


def typos(zones: Sequence[int], draw: Random) -> str:
    """Write one or two typing errors."""
    return misspell(draw.choice(_LONGER)(zones, draw), draw, draw.choice((1, 1, 2)))
