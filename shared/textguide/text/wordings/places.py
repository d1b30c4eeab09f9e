"""Six zones -> noun phrases that name just these, side by side or for both lungs at once.

Two sides joined by a bare "and" have the same form: "left apex and base and mid zone of the right lung" could
put the base on either side. Forms are mixed only across a semicolon.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from textguide.text.lexicon import SIDES, ZONES
from textguide.text.wordings.naming import (
    ANY,
    Naming,
    Phrase,
    Side,
    both_lungs,
    listed,
    plural_of,
    sides_of,
    whole_lung,
)
from textguide.text.wordings.options import options

SIDE_FIRST = "{the}{side} {names}"
_FORMS = options(f"""
    {SIDE_FIRST} | {SIDE_FIRST} | {{the}}{{names}} of the {{side}} lung |
    {{the}}{{names}} in the {{side}} lung | {{the}}{{names}} on the {{side}} |
    {{the}}{{names}} on the {{side}} side | {{the}}{{names}} of {{side}} lung |
    {{the}}{{names}} of the {{side}} hemithorax
""")
_LUNG_FORM = "{the}{side} lung {names}"
_ADJECTIVE_FORM = "{the}{words} {side} lung"
FLOWING = (" and ", " and ", ", and ", " as well as ", " plus ", " together with ")
"""Joins that keep one scope: behind "no" or "except", a semicolon would end what is denied."""
JOINS = (*FLOWING, ", ", ", ", "; ")


def name_places(
    zones: Sequence[int],
    draw: Random,
    namings: Sequence[Naming] = ANY,
    whole: float = 0.4,
    form: str | None = None,
    joins: Sequence[str] = JOINS,
) -> Phrase:
    """Name the affected zones, one side after the other.

    Args:
        zones: six values 0 or 1, at least one 1.
        draw: chooses the words.
        namings: what zones may be called.
        whole: how often a lung with all its zones is called a whole lung, in [0, 1].
        form: a fixed form for each side; default any.
        joins: what may stand between the sides.
    """
    if all(zones) and draw.random() < whole:
        return both_lungs(draw)
    naming = draw.choice(namings)
    the = draw.choice(("the ", ""))
    form = form or _form(naming, draw)
    sides = sides_of(zones, draw)
    if len(sides) == 2 and joins is JOINS and draw.random() < 0.1:
        places = [name_side(side, naming, the, _form(naming, draw), whole, draw) for side in sides]
        return Phrase("; ".join(place.text for place in places), plural=True)
    places = [name_side(side, naming, the, form, whole, draw) for side in sides]
    return Phrase(
        draw.choice(joins).join(place.text for place in places),
        plural=len(places) > 1 or places[0].plural,
    )


def name_side(side: Side, naming: Naming, the: str, form: str, whole: float, draw: Random) -> Phrase:
    """Name the zones of one lung."""
    number, zones = side
    if len(zones) == len(ZONES) and draw.random() < whole:
        return whole_lung(number, draw)
    names = naming.names(zones, draw)
    words = [naming.words[zone] for zone in zones]
    draw.shuffle(words)
    text = form.format(the=the, side=SIDES[number], names=names.text, words=listed(words, draw))
    return Phrase(text, names.plural and form is not _ADJECTIVE_FORM)


def _form(naming: Naming, draw: Random) -> str:
    forms = [*_FORMS]
    if "lung" not in naming.noun + "".join(naming.words):
        forms.append(_LUNG_FORM)
    if naming.noun and naming.noun != "third":
        forms += [_ADJECTIVE_FORM, _ADJECTIVE_FORM]
    return draw.choice(forms)


def name_pairs(
    zones: Sequence[int], draw: Random, namings: Sequence[Naming] = ANY, joins: Sequence[str] = JOINS
) -> Phrase:
    """Name what both lungs share once ("both apices"), and the rest behind it."""
    naming = draw.choice(namings)
    shared = tuple(zone for zone in range(3) if zones[zone] and zones[zone + 3])
    rest = [0 if index % 3 in shared else value for index, value in enumerate(zones)]
    text = _both(shared, naming, draw)
    if any(rest):
        rest_of_it = name_places(rest, draw, (naming,), form=SIDE_FIRST, joins=joins)
        text += draw.choice(joins) + rest_of_it.text
    return Phrase(text, plural=True)


_PAIR = options("""
    both {} | both {} | bilateral {} | the {} bilaterally | the left and right {} | the {} of both lungs |
    the {} on both sides | both the left and right {} | right and left {} | {} bilaterally |
    {} of both lungs
""")
_PAIRS = options("""
    bilateral {} | the {} of both lungs | the {} bilaterally | the {} on both sides | {} of both lungs |
    {} bilaterally | the {} of the left and right lung | {} in both lungs | the {} of each lung
""")


def _both(shared: tuple[int, ...], naming: Naming, draw: Random) -> str:
    if len(shared) == len(ZONES) and draw.random() < 0.6:
        return both_lungs(draw).text
    if len(shared) == 1:
        return draw.choice(_PAIR).format(naming.pair(shared[0]))
    words = [naming.words[zone] if naming.noun else plural_of(naming.words[zone]) for zone in shared]
    draw.shuffle(words)
    return draw.choice(_PAIRS).format(f"{listed(words, draw)} {plural_of(naming.noun)}".strip())
