"""Families that take one lung after the other: abbreviations, runs from base to apex, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from textguide.text.lexicon import SIDES, ZONES
from textguide.text.wordings.findings import finding, finish
from textguide.text.wordings.naming import ANY, PLAIN, Naming, sides_of
from textguide.text.wordings.options import options

APEX_BASE = Naming(("apex", "mid zone", "base"))
_SHORT_SIDES = (("L", "R"), ("lt", "rt"), ("Lt", "Rt"), ("LT", "RT"), ("l", "r"), ("L.", "R."))
_NAMINGS = (*PLAIN[:4], Naming(("upper", "mid", "lower"), "zone"), APEX_BASE, Naming(("UZ", "MZ", "LZ")))
_SHORT = options("{p} | {p} {f} | {f} {p} | {f} in {p} | {f}: {p} | {p}: {f} | {f} - {p}")


def abbreviations(zones: Sequence[int], draw: Random) -> str:
    """Abbreviate zones or sides: "LUZ, RLZ", "L lower zone", "Rt base"."""
    place = _short_zones(zones, draw) if draw.random() < 0.6 else _short_sides(zones, draw)
    return finish(draw.choice(_SHORT).format(f=finding(draw).text, p=place), draw)


def _short_zones(zones: Sequence[int], draw: Random) -> str:
    places = []
    for side, affected in sides_of(zones, draw):
        names = [f"{SIDES[side][0]}{ZONES[zone][0]}z" for zone in affected]
        draw.shuffle(names)
        places += names
    if draw.random() < 0.75:
        places = [name.upper() for name in places]
    if draw.random() < 0.2:
        draw.shuffle(places)
    if len(places) > 2 and draw.random() < 0.4:
        return ", ".join(places[:-1]) + " and " + places[-1]
    return draw.choice((", ", " and ", "/", " + ", " & ", "; ", " ")).join(places)


def _short_sides(zones: Sequence[int], draw: Random) -> str:
    short, naming = draw.choice(_SHORT_SIDES), draw.choice(_NAMINGS)
    places = [
        f"{short[side]} {naming.names(affected, draw).text}" for side, affected in sides_of(zones, draw)
    ]
    return draw.choice((", ", " and ", "; ", " + ", ". ")).join(places)


_ENDS = {(0, 1): ("apex", "mid zone"), (1, 2): ("mid zone", "base"), (0, 1, 2): ("apex", "base")}
_PLAIN_ENDS = {"apex": "upper zone", "base": "lower zone"}
_RUNS = options("""
    {s} {a} to {b} | from the {s} {a} to the {b} | the {s} lung from {a} to {b} | {s} {a} {to} {b} |
    the {s} lung from the {a} to the {b} | from the {s} {a} {to} the {b}
""")


def extent(zones: Sequence[int], draw: Random) -> str:
    """Give a run of zones by its ends: "from the left base to the mid zone"."""
    places = []
    for side, affected in sides_of(zones, draw):
        if affected in _ENDS:
            places.append(_run(SIDES[side], affected, draw))
        else:
            names = draw.choice((PLAIN[0], PLAIN[4], APEX_BASE)).names(affected, draw)
            places.append(f"the {SIDES[side]} {names.text}")
    place = draw.choice((", and ", "; ", " and also ", ". ")).join(places)
    verb = " extending" if place.startswith("from") else " in"
    return finish(finding(draw).text + draw.choice((",", ":", verb)) + " " + place, draw)


def _run(side: str, affected: tuple[int, ...], draw: Random) -> str:
    first, last = _ENDS[affected]
    if draw.random() < 0.5:
        first, last = _PLAIN_ENDS.get(first, first), _PLAIN_ENDS.get(last, last)
    to = "down to"
    if draw.random() < 0.5:
        first, last, to = last, first, "up to"
    return draw.choice(_RUNS).format(s=side, a=first, b=last, to=draw.choice((to, to, "through to")))


_PER_SIDE = options("""
    on the {s} {n} | on the {s} side, {n} | {s} lung shows {f} in {n} | in the {s} lung {n} |
    on the {s}: {n} | {s} side: {n} | {n} on the {s} | in the {s} lung, {f} in {n} |
    {s} lung: {f} in {n} | within the {s} lung, {n} | {s}-sided {f} in {n} |
    {s}-sided {f} involving {n}
""")
_OVERVIEWS = options("""
    both lungs are affected: | bilateral {f}: | bilateral disease. | bilateral {f}. | both lungs involved: |
    {f} on both sides:
""")
_VERBS = ("", " affected", " involved", " {are} affected", " {are} involved", " {are} abnormal")


def per_side(zones: Sequence[int], draw: Random) -> str:
    """Tell one side after the other: "On the left the upper zone is affected, on the right the base."."""
    naming, form, verb = draw.choice(ANY), draw.choice(_PER_SIDE), draw.choice(_VERBS)
    found, parts = finding(draw).text, []
    for side, affected in sides_of(zones, draw):
        names = naming.names(affected, draw)
        text, are = f"the {names.text}", "are" if names.plural else "is"
        if len(affected) == len(ZONES) and draw.random() < 0.3:
            text = draw.choice(("all zones", "all three zones"))
        part = form.format(s=SIDES[side], n=text, f=found)
        parts.append(part if "{f}" in form else part + verb.format(are=are))
    text = draw.choice((", ", "; ", ". ", ", and ", " and ")).join(parts)
    if len(parts) == 2 and draw.random() < 0.15:
        text = f"{draw.choice(_OVERVIEWS).format(f=found)} {text}"
    return finish(text, draw)
