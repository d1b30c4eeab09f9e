"""Families of one short sentence: the template of the data set, other words, ellipsis, pairs, whole lungs."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from textguide.text.lexicon import COUNT_WORDS, SIDES, ZONES
from textguide.text.wordings.findings import finding, finish, state
from textguide.text.wordings.naming import PLAIN, SYNONYMS, both_lungs, listed, sides_of, whole_lung
from textguide.text.wordings.options import options
from textguide.text.wordings.places import name_pairs, name_places

_INFECTIONS = options("pulmonary infection | pulmonary infection | lung infection | infection | pneumonia")
_AREAS = options("infected area | infected area | infected area | affected area | involved zone")


def template(zones: Sequence[int], draw: Random) -> str:
    """Write the captions' template with other orders, counts and words for infection."""
    places = []
    for side, affected in sides_of(zones, draw):
        words = [ZONES[zone] for zone in affected]
        draw.shuffle(words)
        join = draw.choice((" ", " ", " ", ", ", " and "))
        names = "all" if len(words) == 3 and draw.random() < 0.3 else join.join(words)
        places.append(f"{names} {SIDES[side]} lung")
    number = sum(zones)
    laterality = draw.choice(("bilateral ", "bilateral ", "") if len(places) == 2 else ("unilateral ", ""))
    count = draw.choice((COUNT_WORDS[number], COUNT_WORDS[number], str(number)))
    areas = f"{count} {draw.choice(_AREAS)}{'' if number == 1 else 's'}"
    head = [laterality + draw.choice(_INFECTIONS), areas]
    draw.shuffle(head)
    head = head[: draw.choice((1, 2, 2, 2))]
    return finish(f"{', '.join(head)}{draw.choice((', ', ', ', ': '))}{' and '.join(places)}", draw)


def phrase(zones: Sequence[int], draw: Random) -> str:
    """Name the zones in plain words, as a noun phrase or a short sentence."""
    if any(zones[zone] and zones[zone + 3] for zone in range(3)) and draw.random() < 0.3:
        place = name_pairs(zones, draw, PLAIN)
    else:
        place = name_places(zones, draw, PLAIN, whole=0.25)
    if draw.random() < 0.1:
        count = draw.choice(_COUNTS).format(COUNT_WORDS[sum(zones)])
        return finish(f"{count if sum(zones) > 1 else 'one zone affected'}: {place.text}", draw)
    return finish(place.text if draw.random() < 0.25 else state(place, draw), draw)


_COUNTS = options("{} zones affected | {} zones are affected | {} affected zones | {} zones involved")


def synonyms(zones: Sequence[int], draw: Random) -> str:
    """Name the zones by other words: apex, base, thirds, fields, basal, superior ..."""
    place = name_places(zones, draw, SYNONYMS, whole=0.15)
    return finish(place.text if draw.random() < 0.2 else state(place, draw), draw)


# Within one text all places have the same form: only so do the words alone tell what belongs together.
_ELLIPSES = options("""
    {s} {w} | {s} {w} | {w} {s} | {s} lung {w} | {s}: {w} | {s} lung: {w} | {s} lung, {w} | {s} - {w} |
    {w} {s} lung | {s} side {w} | {w} on the {s} | {w}, {s}
""")
_BOTH_SIDES = options("""
    both lungs, {w} zones | both lungs: {w} | {w} bilaterally | bilateral {w} | both sides, {w}
""")
_WORDS = (("upper", "mid", "lower"), ("upper", "middle", "lower"), ("apical", "mid", "basal"))


def ellipsis(zones: Sequence[int], draw: Random) -> str:
    """Leave out what the reader fills in: "left upper, right lower", "right lung, mid and lower"."""
    words, form = draw.choice(_WORDS), draw.choice(_ELLIPSES)
    if tuple(zones[:3]) == tuple(zones[3:]) and draw.random() < 0.5:
        form = draw.choice(_BOTH_SIDES)
        sides = [(0, tuple(zone for zone in range(3) if zones[zone]))]
    else:
        sides = sides_of(zones, draw)
    places = []
    for side, affected in sides:
        names = [words[zone] for zone in affected]
        draw.shuffle(names)
        places.append(form.format(s=SIDES[side], w=listed(names, draw)))
    is_list = form == "{w} {s}" and sum(zones) > 2  # "upper left and mid and lower right": mid of which lung?
    if "," in form or " - " in form or is_list:
        join = draw.choice(("; ", "; ", ". "))
    elif ":" in form:
        join = draw.choice(("; ", ", ", ". "))
    else:
        join = draw.choice((" and ", ", ", "; ", ", and ", " + "))
        if form == "{s} {w}" and draw.random() < 0.5:  # "right lower and left upper zones"
            places[-1] += " zones" if sum(zones) > 1 else " zone"
    heads = ("{f}, ", "{f}: ", "{f} ", "", "", "{f} - ") if form.startswith("{s}") else ("{f}: ", "")
    return finish(draw.choice(heads).format(f=finding(draw).text) + join.join(places), draw)


_PREFIXES = (
    options("biapical | bi-apical | bilateral apical | bilateral upper zone"),
    options("bilateral mid zone | bilateral middle zone | bilateral midzone"),
    options("bibasal | bibasilar | bi-basal | bilateral basal | bilateral lower zone"),
)


def pairs(zones: Sequence[int], draw: Random) -> str:
    """Name what both lungs share once: "bibasal consolidation", "both apices and the left base"."""
    if sum(zones) == 2 and draw.random() < 0.3:
        found = finding(draw)
        is_present = f" {'are' if found.plural else 'is'} {draw.choice(('present', 'seen'))}"
        prefix = draw.choice(_PREFIXES[zones.index(1)])
        return finish(f"{prefix} {found.text}{draw.choice(('', is_present))}", draw)
    return finish(state(name_pairs(zones, draw), draw), draw)


_DIFFUSE = options("""
    diffuse {f} involving {p} | {f} {over} {p} | widespread {f} affecting {p} | {f} in {p} |
    extensive {f} of {p} | {f} covering {p} | {f} involving {p} | {p}: {f} | diffuse {f} of {p} | {p}
""")
_BOTH_DIFFUSELY = options("""
    the lungs diffusely | both lungs throughout | both lungs diffusely | both lungs completely
""")


def whole(zones: Sequence[int], draw: Random) -> str:
    """Name whole lungs: "diffuse infiltrates throughout both lungs", "entire right lung and left base"."""
    if all(zones):
        place = draw.choice((both_lungs(draw).text, both_lungs(draw).text, draw.choice(_BOTH_DIFFUSELY)))
    else:
        full = 0 if all(zones[:3]) else 1
        place = draw.choice((whole_lung(full, draw).text, f"the {SIDES[full]} lung throughout"))
        rest = [0 if index // 3 == full else value for index, value in enumerate(zones)]
        if any(rest):
            join = draw.choice((" and ", ", and ", "; ", " plus ", " as well as "))
            first, second = place, name_places(rest, draw).text
            place = join.join((first, second) if draw.random() < 0.7 or "," in first else (second, first))
    over = "in" if "throughout" in place or "diffusely" in place else "throughout"
    found = finding(draw, degree=0).text
    return finish(draw.choice(_DIFFUSE).format(f=found, p=place, over=over), draw)
