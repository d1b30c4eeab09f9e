"""Words of a text -> its statements on the lungs, without headers and without what is about other things."""

from __future__ import annotations

import re
from collections.abc import Sequence

from textguide.text.lexicon import (
    FINDINGS,
    HEADS,
    HEADS_OF_OTHERS,
    OTHER_SUBJECTS,
    OTHER_WORDS,
    PLACE_WORDS,
    REMARKS,
    SIDES,
)
from textguide.text.phrases import without_idle_nouns


class NotUnderstood(ValueError):
    """A word says something that the grammar does not understand."""


def cut_statements(words: Sequence[str]) -> list[list[str]]:
    """Return the statements that concern the lungs, in order.

    Raises:
        NotUnderstood: if a place is named under a header such as "history": it may not be affected now.
    """
    statements, is_about_others = [], False
    for part in _cut(words):
        head, statement = _take_head(part)
        if head:
            is_about_others = head in HEADS_OF_OTHERS
        if is_about_others and not PLACE_WORDS.isdisjoint(statement):
            raise NotUnderstood
        if statement and not is_about_others and not _is_about_something_else(statement):
            statements.append(without_idle_nouns(statement))
    return statements


def _cut(words: Sequence[str]) -> list[list[str]]:
    """Cut at full stops and semicolons, and where a denial begins."""
    parts: list[list[str]] = [[]]
    for index, word in enumerate(words):
        ahead = tuple(words[index + 1 : index + 6])
        if word in (".", ";") or (word == "but" and words[index - 1 : index] == [","]):
            parts.append([])
        elif word == "without" and ahead[:1] == ("involvement",):
            parts.append(["no"])
        elif _begins_denial(word, ahead, parts[-1]):
            parts.append([])
        else:
            parts[-1].append(word)
    return [kept for part in parts if (kept := strip(part))]


def _begins_denial(word: str, ahead: tuple[str, ...], before: list[str]) -> bool:
    if word == "with":  # "with a clear right lung"
        return "clear" in ahead[:2]
    if word not in (",", "and"):
        return False
    if ahead[:1] == ("no",) or ahead[:3] == ("there", "is", "no"):
        return True
    # "opacity in the left base, right lung clear": without the opacity, both might be clear
    lung = " ".join(ahead).removeprefix("the ")
    return word == "," and bool(_CLEAR_LUNG.match(lung)) and not _AFFECTED.isdisjoint(before)


_AFFECTED = FINDINGS | {"affected", "involved"}
_CLEAR_LUNG = re.compile(rf"(?:{'|'.join(SIDES)}) lung (?:is |being )?clear\b")


def strip(words: list[str]) -> list[str]:
    """Take separators off both ends."""
    while words and words[0] in (",", "and", ":", "-", "/"):
        words = words[1:]
    while words and words[-1] in (",", ":", "/"):
        words = words[:-1]
    return words


def _take_head(words: list[str]) -> tuple[str, list[str]]:
    """Return header and rest: "clinical history : cough"."""
    start = 1 if words[0] == "clinical" else 0
    head, sign = (*words[start : start + 2], "", "")[:2]
    if head in HEADS | HEADS_OF_OTHERS and sign in (":", "-"):
        return head, strip(words[start + 2 :])
    return "", words


def _is_about_something_else(words: list[str]) -> bool:
    """Tell whether a statement speaks of the heart, the pleura, a line ... and certainly not of a zone."""
    if words == ["as", "above"]:
        return True
    if not OTHER_SUBJECTS.isdisjoint(words) and (OTHER_SUBJECTS | OTHER_WORDS).issuperset(words):
        return True
    # A pneumonia on the right is a claim, whatever else the sentence speaks of.
    subjects = OTHER_SUBJECTS | REMARKS
    is_known = (subjects | OTHER_WORDS | FINDINGS).issuperset(words)
    return is_known and not subjects.isdisjoint(words) and {*SIDES, "both"}.isdisjoint(words)
