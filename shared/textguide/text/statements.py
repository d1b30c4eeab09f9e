"""Statements -> what is said to be affected and what is said to be clear.

A statement is affirmed, denied as a whole ("no opacity in the left base", "right lung clear"), or a whole
with an exception ("all zones except the left apex"). A negation in any other form is not understood, and then
nothing of the text is: it may concern the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from textguide.text.clauses import Cell, Places, read_places
from textguide.text.lexicon import (
    ALL,
    ARTICLES,
    FINDINGS,
    LOBE_NOUNS,
    LUNG_NOUNS,
    NEGATIONS,
    PLACE_WORDS,
    PREPOSITIONS,
    REST,
    SEPARATORS,
    SIDE_NOUNS,
    SIDES,
    UNDERSTOOD,
    ZONE_NOUNS,
)
from textguide.text.sections import NotUnderstood, cut_statements, strip


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_COPULAS = _set("is are remains remain appears appear being :")
_CLEAR = _set("clear spared normal unremarkable preserved free")
_IDLE = _set("there is are evidence sign signs seen noted present visible abnormality")
_FOUND = FINDINGS | _set("pulmonary change changes increased")
_EXCEPTING = _set("except sparing but without")
_EVERY_ZONE = frozenset((side, zone) for side in range(2) for zone in range(3))


class UnclearNegation(ValueError):
    """A part is denied, and what is left is not known."""


@dataclass(frozen=True)
class Statement:
    """One statement.

    Attributes:
        affected: places said to be affected.
        clear: zones said to be clear.
        denies: it denies any infection at all.
        is_other_clear: it says that the other lung is clear, without naming its side.
        speaks: it speaks of a finding.
    """

    affected: Places = Places()
    clear: frozenset[Cell] = frozenset()
    denies: bool = False
    is_other_clear: bool = False
    speaks: bool = False


def read_statements(words: Sequence[str]) -> list[Statement]:
    """Return the statements of a text that concern the lungs, in order.

    Raises:
        UnclearPlace: where a place can be read in no or several ways.
        UnclearNegation: where a negation is of a form that is not understood.
        NotUnderstood: where a word is not.
    """
    parts = cut_statements(words)
    statements = [_read(part) for part in parts]
    for (first, said), (second, then) in pairwise(zip(parts, statements, strict=True)):
        # "no opacity in the left base; right apex": is the right apex denied or affected?
        if (_only_denies(said) and _is_bare(second)) or (_is_bare(first) and _only_denies(then)):
            raise UnclearNegation
    return statements


def _only_denies(statement: Statement) -> bool:
    return bool(statement.clear) and statement.affected == Places()


def _is_bare(words: list[str]) -> bool:
    """Tell whether a statement names places and says nothing of them."""
    return (PLACE_WORDS | ARTICLES | PREPOSITIONS | SEPARATORS | {"to", "from"}).issuperset(words)


def _read(words: list[str]) -> Statement:
    kept = [word for word in words if word not in ARTICLES]
    negations = [index for index, word in enumerate(kept) if word in NEGATIONS]
    if not negations:
        _check_understood(words)
        speaks = not FINDINGS.isdisjoint(kept)
        places = [word for word in kept if word in PLACE_WORDS - SIDE_NOUNS]
        if speaks and len(places) == 1 and places[0] in SIDES:  # "pneumonia on the left"
            kept = [places[0], "lung"]
        return Statement(read_places(kept), speaks=speaks)
    if len(negations) > 1:
        raise UnclearNegation
    at = negations[0]
    if kept[at] in _EXCEPTING and (
        kept[at] != "without" or kept[at + 1 : at + 2] and kept[at + 1] in PLACE_WORDS
    ):
        return _exception(strip(kept[:at]), strip(kept[at + 1 :]))
    if not REST.isdisjoint(kept):
        return _rest(kept)
    if kept[-1] == "spared" and "," in kept and not (ALL | LUNG_NOUNS).isdisjoint(kept[: kept.index(",")]):
        at = kept.index(",")  # "all left zones, (only) the apex spared"
        return _exception(kept[:at], [word for word in kept[at + 1 : -1] if word != "only"], is_part=True)
    if kept[0] == "previous" and kept[-2:] in (["has", "resolved"], ["have", "resolved"]):
        return Statement(clear=_clear_places(_behind_finding(kept[1:-2], 0)))
    if kept[0] in ("there", "clear", "no", "nothing"):
        return _denial_in_front(kept)
    return Statement(clear=_clear_places(_before_denial(kept, at)))


def _check_understood(words: Sequence[str]) -> None:
    if any(word not in UNDERSTOOD or word == "zero" or word.isdigit() for word in words):
        raise NotUnderstood
    for index, (word, after) in enumerate(zip(words, [*words[1:], ""], strict=True)):
        is_sign = word in ("and", "-") and after in ("", ",", ":", "-")
        is_answer = word == ":" and after in ("and", "-") and not PLACE_WORDS.isdisjoint(words[:index])
        if is_sign or is_answer:  # the signs of a form: "LUZ: +, LMZ: -"
            raise NotUnderstood


def _rest(words: list[str]) -> Statement:
    """Read "the rest is clear", "no other zone is affected", "the other lung is clear"."""
    idle = PLACE_WORDS - set(SIDES) | _IDLE | _COPULAS | _CLEAR | REST | FINDINGS | PREPOSITIONS
    if not (idle | {"no", "nothing", "not", "affected", "involved"}).issuperset(words):
        raise UnclearNegation
    is_lung = not {"contralateral", "opposite"}.isdisjoint(words)
    is_lung |= "other" in words and (ZONE_NOUNS | SIDE_NOUNS).isdisjoint(words)
    return Statement(is_other_clear=is_lung)


def _denial_in_front(words: list[str]) -> Statement:
    """Read "no opacity in the left base": behind the denial stands one list of places and nothing else."""
    start = words.index("no") + 1 if words[0] == "there" and "no" in words[:3] else 1
    denial = words[start - 1]
    place = _behind_finding(words, start)
    index = len(words) - len(place)
    if denial == "clear":
        return Statement(clear=_clear_places(place))
    is_any = denial == "no" and not {"infection", "infections"}.isdisjoint(words[start:index])
    if is_any and not place:
        return Statement(denies=True)
    if is_any and place[0] == ",":
        return replace(_read(place[1:]), denies=True)
    if denial == "there" or not place or place[0] not in PREPOSITIONS:
        raise UnclearNegation  # "no ground glass" leaves consolidation open
    return Statement(clear=_clear_places(place))


def _behind_finding(words: list[str], start: int) -> list[str]:
    while start < len(words) and words[start] in _FOUND | _IDLE | {"bilateral"}:
        start += 1
    return words[start:]


def _before_denial(words: list[str], at: int) -> list[str]:
    """Return the place of "PLACE is clear", "PLACE not affected", "PLACE without opacity"."""
    denial, behind = words[at], words[at + 1 :]
    if denial in _CLEAR:
        is_understood = not behind or (
            denial == "free" and behind[0] == "of" and _FOUND.issuperset(behind[1:])
        )
    elif denial == "not":
        is_understood = behind in (["affected"], ["involved"])
    elif denial == "no":
        is_understood = words[at - 1] in ("shows", "show") and bool(behind) and _FOUND.issuperset(behind)
        at -= 1
    else:
        is_understood = denial == "without" and bool(behind) and _FOUND.issuperset(behind)
    while at and words[at - 1] in _COPULAS | {",", "-", "/"}:
        at -= 1
    if not is_understood or not at:
        raise UnclearNegation
    return words[:at]


def _clear_places(words: list[str]) -> frozenset[Cell]:
    """Read places that are denied; there, a side alone is the whole lung, and a lobe tells nothing."""
    bare = [word for word in words if word not in PREPOSITIONS | SIDE_NOUNS]
    if len(bare) == 1 and bare[0] in SIDES:
        return read_places([*bare, "lung"]).all_cells
    if bare in (["lungs"], ["fields"]):
        return _EVERY_ZONE
    if not (PLACE_WORDS | PREPOSITIONS | {"and", ",", "/", "pulmonary", "to", "from"}).issuperset(words):
        raise UnclearNegation
    # "left lung, apex clear", "all left zones, the apex free": a whole and its exception, or a list?
    in_threes = zip(words, [*words[1:], ""], [*words[2:], "", ""], strict=False)
    has_whole = any(word in LUNG_NOUNS and after == "," and then != "and" for word, after, then in in_threes)
    if has_whole or (not ALL.isdisjoint(words) and "," in words) or not LOBE_NOUNS.isdisjoint(words):
        raise UnclearNegation
    cells = read_places(words).all_cells
    if not cells:
        raise UnclearNegation
    return cells


def _exception(base: list[str], rest: list[str], is_part: bool = False) -> Statement:
    """Read "all zones except the left apex", "left lung sparing its base", "sparing of the apices".

    What is excepted is part of the base or, unless `is_part`, lies elsewhere: "left base, sparing the right".
    """
    if rest[:1] == ["of"]:
        rest = rest[1:]
    if not base:
        return Statement(clear=_clear_places(rest))
    if not LOBE_NOUNS.isdisjoint(base):
        raise UnclearNegation
    _check_understood(base)
    named = _EVERY_ZONE if _is_all(base) else read_places(base).all_cells
    sides = {side for side, _ in named}
    if {*SIDES, "both", "bilateral", "bilaterally"}.isdisjoint(rest):
        if len(sides) != 1:
            raise UnclearNegation
        rest = [SIDES[sides.pop()], *rest]
    spared = _clear_places(rest)
    if not named or not (spared < named or (spared.isdisjoint(named) and not is_part)):
        raise UnclearNegation
    return Statement(affected=Places(named - spared), clear=spared, speaks=not FINDINGS.isdisjoint(base))


def _is_all(words: list[str]) -> bool:
    """Tell whether "all" stands for all zones: "all but the left apex"."""
    return words[-1] == "all" and PLACE_WORDS.intersection(words) == {"all"}
