"""What a radiologist may call a zone, a lung and a finding: the words that every family draws from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from textguide.text.lexicon import SIDES, ZONES
from textguide.text.wordings.options import options

Side = tuple[int, tuple[int, ...]]
"""A side (0 left, 1 right) and its zones (0 upper, 1 middle, 2 lower)."""


@dataclass(frozen=True)
class Phrase:
    """A noun phrase, and whether its verb stands in the plural."""

    text: str
    plural: bool


@dataclass(frozen=True)
class Naming:
    """What the three zones of a lung are called within one sentence.

    Attributes:
        words: for upper, middle, lower; adjectives, or nouns where there is no `noun`.
        noun: what the adjectives stand before; "" if the words are nouns themselves.
    """

    words: tuple[str, str, str]
    noun: str = ""

    def names(self, zones: Sequence[int], draw: Random) -> Phrase:
        """Return "upper and lower zones" or "apex and base", in any order."""
        words = [self.words[zone] for zone in zones]
        draw.shuffle(words)
        if len(words) == 1:
            return Phrase(f"{words[0]} {self.noun}".strip(), plural=False)
        if self.noun and draw.random() < 0.15:
            return Phrase(listed([f"{word} {self.noun}" for word in words], draw), plural=True)
        return Phrase(f"{listed(words, draw)} {plural_of(self.noun)}".strip(), plural=True)

    def pair(self, zone: int) -> str:
        """Return one zone of both lungs: "upper zones", "apices"."""
        if self.noun:
            return f"{self.words[zone]} {plural_of(self.noun)}"
        return plural_of(self.words[zone])


_PLAIN_NOUNS = ("zone", "zone", "zone", "lung zone", "field", "lung field", "region", "area")
PLAIN = tuple(
    Naming(("upper", middle, "lower"), noun) for middle in ("middle", "mid") for noun in _PLAIN_NOUNS
)
SYNONYMS = (
    Naming(("upper", "middle", "lower"), "third"),
    Naming(("upper", "mid", "lower"), "third"),
    Naming(("apical", "mid", "basal"), "zone"),
    Naming(("apical", "middle", "basal"), "region"),
    Naming(("apical", "middle", "basilar"), "region"),
    Naming(("superior", "middle", "inferior"), "zone"),
    Naming(("superior", "middle", "inferior"), "third"),
    Naming(("top", "middle", "bottom"), "third"),
    Naming(("upper", "middle", "lower"), "part"),
    Naming(("upper", "mid", "lower"), "portion"),
    Naming(("apex", "mid zone", "base")),
    Naming(("apex", "middle zone", "base")),
    Naming(("apex", "midzone", "base")),
    Naming(("apex", "middle third", "base")),
    Naming(("apex", "mid lung", "base")),
    Naming(("apex", "mid field", "basal zone")),
    Naming(("apex", "perihilar mid zone", "base")),
    Naming(("top", "middle", "bottom"), "part"),
    Naming(("apical zone", "mid zone", "base")),
    Naming(("upper third", "mid zone", "base")),
    Naming(("apex", "middle field", "lower third")),
    Naming(("upper zone", "mid-zone", "lung base")),
    Naming(("lung apex", "middle zone", "lung base")),
)
ANY = PLAIN + SYNONYMS

_IRREGULAR = {"apex": "apices", "lung apex": "lung apices"}


def plural_of(noun: str) -> str:
    """Return the plural of one of our nouns; "" stays ""."""
    return _IRREGULAR.get(noun) or (noun + "s" if noun else "")


def listed(words: Sequence[str], draw: Random) -> str:
    """Return "a", "a and b", "a, b and c" ..."""
    if len(words) == 1:
        return words[0]
    last = draw.choice((" and ", " and ", " and ", ", ", " & " if len(words) == 2 else ", and "))
    return ", ".join(words[:-1]) + last + words[-1]


def sides_of(zones: Sequence[int], draw: Random) -> list[Side]:
    """Return the affected sides with their zones, in any order."""
    found: list[Side] = []
    for side in range(len(SIDES)):
        affected = tuple(zone for zone in range(len(ZONES)) if zones[side * len(ZONES) + zone])
        if affected:
            found.append((side, affected))
    if draw.random() < 0.5:
        found.reverse()
    return found


_WHOLE = options("""
    the whole {} lung | the entire {} lung | the whole of the {} lung | all of the {} lung | all {} lung |
    whole {} lung | entire {} lung | the complete {} lung | the {} lung in its entirety |
    every zone of the {} lung | the {} lung from apex to base
""")
_WHOLE_PLURAL = options("""
    all zones of the {} lung | all three zones of the {} lung | all {} lung zones | all {} zones |
    the {} upper, middle and lower zones
""")
_BOTH = options("""
    the whole of both lungs | all zones of both lungs | all zones bilaterally | all zones on both sides |
    all six zones | all six lung zones | all lung zones | all lung fields | every zone of both lungs |
    both lungs in their entirety | both lungs, all zones | both entire lungs | both whole lungs |
    both lungs from apex to base | the upper, middle and lower zones of both lungs |
    the entire left and the entire right lung | the whole left and right lungs
""")


def whole_lung(side: int, draw: Random) -> Phrase:
    """Return one whole lung: "the entire left lung", "all zones of the left lung" ..."""
    plural = draw.random() < 0.3
    return Phrase(draw.choice(_WHOLE_PLURAL if plural else _WHOLE).format(SIDES[side]), plural)


def both_lungs(draw: Random) -> Phrase:
    """Return all six zones: "the whole of both lungs", "all six zones" ..."""
    return Phrase(draw.choice(_BOTH), plural=True)
