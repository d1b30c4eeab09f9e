"""Families that no network is trained with: they tell how it reads wordings that it never met."""

from __future__ import annotations

import re
from collections.abc import Sequence
from random import Random

from textguide.text.lexicon import SIDES, ZONES
from textguide.text.wordings import sentences, sides
from textguide.text.wordings.findings import finding, finish
from textguide.text.wordings.naming import ANY, sides_of
from textguide.text.wordings.options import options
from textguide.text.wordings.places import name_places

_SPOKEN = {",": " comma", ";": " semicolon", ":": " colon", ".": " full stop"}


def dictation(zones: Sequence[int], draw: Random) -> str:
    """Write punctuation out as it is spoken: "left lower zone comma right base full stop"."""
    text = draw.choice((sentences.phrase, sentences.synonyms, sides.per_side))(zones, draw).rstrip(".")
    text = re.sub(r"[,;:.](?= )", lambda match: _SPOKEN[match.group()], text.replace(" & ", " and "))
    end = draw.choice((" full stop", " full stop", " period", " full stop new line"))
    return (draw.choice(("", "", "new paragraph ", "findings colon ")) + text + end).lower()


_VERBS = options("segment | outline | mark | delineate | highlight | show | find | label")
_REQUESTS = options("""
    please {v} the {f} in {p} | {v} {f} in {p} | {v} the {f}: {p} | can you {v} the {f} in {p}? |
    {v} {p} | I would like you to {v} {p} | could you please {v} the {f} of {p}? | {v} only {p} |
    we need {p} to be outlined | the target is the {f} in {p} | a mask of the {f} in {p}, please
""")


def request(zones: Sequence[int], draw: Random) -> str:
    """Ask for the outline: "Please segment the consolidation in both bases."."""
    place, found = name_places(zones, draw).text, finding(draw).text
    text = draw.choice(_REQUESTS).format(v=draw.choice(_VERBS), f=found, p=place)
    return finish(text, draw).replace("?.", "?")


_ANSWERS = (
    ("yes", "no"), ("+", "-"), ("affected", "clear"), ("present", "absent"), ("1", "0"),
    ("positive", "negative"), ("involved", "spared"),
)  # fmt: skip


def table(zones: Sequence[int], draw: Random) -> str:
    """Fill in a form of six lines: "LUZ: yes, LMZ: no, ..."."""
    yes, no = draw.choice(_ANSWERS)
    label = draw.choice(("{a}{b}Z", "{side} {zone}", "{side} {zone} zone"))
    sign = draw.choice((" ", ": ", " = "))
    items = []
    for side in (0, 1) if draw.random() < 0.5 else (1, 0):
        for zone, name in enumerate(ZONES):
            head = label.format(a=SIDES[side][0].upper(), b=name[0].upper(), side=SIDES[side], zone=name)
            items.append(head + sign + (yes if zones[3 * side + zone] else no))
    return draw.choice((", ", "; ", "\n")).join(items)


_CONTRASTS = options("""
    the {s} lung is affected in its {n} | the {s} lung has {f} in its {n} |
    {f} can be seen in the {n} of the {s} lung | it is on the {s} that the {n} {are} affected |
    of the {s} lung, the {n} | as for the {s} lung, its {n}
""")


def contrast(zones: Sequence[int], draw: Random) -> str:
    """Set one lung against the other: "As for the left lung, its apex, whereas ..."."""
    naming, parts = draw.choice(ANY), []
    for side, affected in sides_of(zones, draw):
        names = naming.names(affected, draw)
        are = "are" if names.plural else "is"
        form = draw.choice(_CONTRASTS)
        parts.append(form.format(s=SIDES[side], n=names.text, f=finding(draw).text, are=are))
    join = draw.choice((", whereas ", ", while ", "; in contrast, ", ", and by contrast "))
    return finish(join.join(parts), draw)
