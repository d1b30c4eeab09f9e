"""Wordings that leave zones open, and pairs of sentences that differ in binding alone."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from textguide.text.lexicon import SIDES
from textguide.text.wordings.findings import finding, finish
from textguide.text.wordings.options import options

Open = tuple[int | None, ...]
"""Six values: 1 affected, 0 not, None left open."""

_BY_SIDE = options("""
    {f} in the {s} lung | {s} lung {f} | {s}-sided {f} | {f} on the {s} | the {s} lung is affected |
    there is {f} somewhere in the {s} lung | unilateral {f}, {s}
""")
_BY_HEIGHT = options("{z} zone {f} | {f} in the {z} zone of one lung | {f}, {z} zone, side not given")
_NOTHING = options("""
    {f} | there is {f} | {f} is seen | findings suggest {f} | chest x-ray with {f} | multifocal {f} |
    abnormal film | the findings are unchanged | {f} of one lung | {f}, location not given
""")
_NEGATED = ("no {f} in the {s} {z} zone", "the {s} {z} zone is clear")
_HEIGHTS = ("upper", "middle", "lower")


def write_open(zones: Sequence[int], draw: Random) -> tuple[str, Open]:
    """Write a true but incomplete sentence about `zones`, and say what it determines."""
    found = finding(draw).text
    sides = [side for side in (0, 1) if any(zones[3 * side : 3 * side + 3])]
    kinds = ["nothing"] * 2
    if len(sides) == 1:
        kinds += ["side"] * 4
    if sum(zones) == 1:
        kinds += ["height"] * 2
    if not all(zones):
        kinds += ["negated"] * 2
    kind = draw.choice(kinds)
    known: list[int | None] = [None] * 6
    if kind == "side":
        side = sides[0]
        known[3 * (1 - side) : 3 * (1 - side) + 3] = [0, 0, 0]
        text = draw.choice(_BY_SIDE).format(f=found, s=SIDES[side])
    elif kind == "height":
        height = list(zones).index(1) % 3
        known = [None if zone % 3 == height else 0 for zone in range(6)]
        text = draw.choice(_BY_HEIGHT).format(f=found, z=_HEIGHTS[height])
    elif kind == "negated":
        zone = draw.choice([index for index in range(6) if not zones[index]])
        known[zone] = 0
        text = draw.choice(_NEGATED).format(f=found, s=SIDES[zone // 3], z=_HEIGHTS[zone % 3])
    else:
        text = draw.choice(_NOTHING).format(f=found)
    return finish(text, draw), tuple(known)


_TWINS = options("""
    {a} {x}, {b} {y} | {x} {a} lung and {y} {b} lung | {f} in the {a} {x} and the {b} {y} |
    {f} in the {x} of the {a} lung and the {y} of the {b} lung | {a} lung: {x}; {b} lung: {y} |
    the {x} on the {a} and the {y} on the {b} are affected |
    the {a} {x} is affected, the {b} {y} is affected
""")
_ONE_CLEAR = options("""
    the {a} {x} is affected, the {b} {x} is clear | {f} in the {a} {x}; no {f} in the {b} {x} |
    the whole {a} lung except the {x}; the {b} lung is clear
""")
_ADJECTIVES = ("upper {}", "middle {}", "lower {}")
Twin = tuple[str, tuple[int, ...]]


def write_twins(draw: Random) -> tuple[Twin, Twin]:
    """Write two sentences of the same words whose sides are exchanged, each with its zones."""
    found = finding(draw).text
    if draw.random() < 0.3:
        form, zone = draw.choice(_ONE_CLEAR), draw.randrange(3)
        name = _ADJECTIVES[zone].format("zone")
        first, second = (form.format(a=a, b=b, x=name, f=found) for a, b in (SIDES, SIDES[::-1]))
        half = tuple(int(index != zone if "except" in form else index == zone) for index in range(3))
        pair: tuple[Twin, Twin] = (first, (*half, 0, 0, 0)), (second, (0, 0, 0, *half))
    else:
        form = draw.choice(_TWINS)
        zones = draw.sample(range(3), 2)
        noun = "" if form.startswith("{x} {a} lung") else draw.choice(("zone", "field", "third"))
        names = [_ADJECTIVES[zone].format(noun).strip() for zone in zones]
        first, second = (
            form.format(a=a, b=b, x=names[0], y=names[1], f=found) for a, b in (SIDES, SIDES[::-1])
        )
        left, right = (tuple(int(index == zone) for index in range(3)) for zone in zones)
        pair = (first, (*left, *right)), (second, (*right, *left))
    return pair if draw.random() < 0.5 else (pair[1], pair[0])
