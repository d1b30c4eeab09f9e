"""Families that also say what is not affected: a clear lung, spared zones, exceptions."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from textguide.text.lexicon import SIDES
from textguide.text.wordings.findings import finding, finish, state
from textguide.text.wordings.naming import PLAIN, SYNONYMS, Naming, Phrase, sides_of
from textguide.text.wordings.options import options
from textguide.text.wordings.places import FLOWING, SIDE_FIRST, name_pairs, name_places

_APEX_BASE = Naming(("apex", "mid zone", "base"))
_NAMINGS = (*PLAIN, _APEX_BASE, _APEX_BASE, _APEX_BASE, *SYNONYMS)

_CLEAR_LUNG = options("""
    the {o} lung is clear | {o} lung clear | {o} lung is clear | the {o} side is clear | {o} side clear |
    the {o} lung is normal | {o} lung normal | the {o} lung is unremarkable | the {o} lung remains clear |
    no {f} on the {o} | no {f} in the {o} lung | no {f} is seen on the {o} |
    the {o} lung is not affected | there is no {f} on the {o} side | the {o} lung is spared |
    nothing on the {o} | the {o} lung appears clear | the {o} lung is free of {f} |
    the {o} lung shows no {f} | {o} lung without {f} | {o} lung: clear | the contralateral lung is clear |
    the other lung is clear | the opposite lung is normal | clear {o} lung | no abnormality on the {o}
""")
_WITH_CLEAR_LUNG = options("""
    " with a clear {o} lung" | , sparing the {o} lung | , {o} lung clear | , but not the {o} lung |
    ; {o} lung unremarkable | " while the {o} lung is clear" | , the {o} lung being clear |
    " without involvement of the {o} lung"
""")
_REST = options("""
    the rest of the lungs is clear | the remaining zones are clear | all other zones are clear |
    the lungs are otherwise clear | the remainder of both lungs is clear | other zones clear |
    rest clear | no other zone is affected | otherwise clear lungs | elsewhere the lungs are clear |
    the other zones are spared | nothing elsewhere | the remaining lung fields are clear
""")
_SPARED = options("""
    no {f} in {p} | no {f} in {p} | {p} {are} clear | {p} {are} clear | {p} {are} spared |
    {p} {are} not affected | {p} clear | {p} {are} normal | there is no {f} in {p} | {p} without {f} |
    {p} {are} free of {f} | {p} {are} preserved | no involvement of {p} | {p} {are} unremarkable |
    {p} not involved | {p} spared | {p} {are} free | sparing of {p} | nothing in {p} |
    previous {f} of {p} {have} resolved
""")
_EXCEPT = options("""
    " except {}" | " except {}" | " except for {}" | " but {}" | , sparing {} | " sparing {}" |
    " with sparing of {}" | " excluding {}" | " apart from {}" | , with the exception of {} |
    " other than {}" | " with the exception of {}" | , but not {} | , {} spared | , only {} spared |
    " without {}"
""")
_ALL = options("""
    all zones | all zones | all lung zones | both lungs | all zones of both lungs | all six zones |
    the whole of both lungs | all lung fields
""")
_ONE_LUNG = options(
    "the {} lung | the whole {} lung | the entire {} lung | all of the {} lung | all {} zones"
)
_DIFFUSE = options("""
    {f} in {p} | {f} involving {p} | {p} | diffuse {f} of {p} | {f} throughout {p} |
    widespread {f} in {p} | {f} affecting {p} | {f}: {p}
""")


def _name(zones: Sequence[int], draw: Random, whole: float = 0.0) -> Phrase:
    """Name a set of zones, in pairs where both lungs share some."""
    if any(zones[zone] and zones[zone + 3] for zone in range(3)) and draw.random() < 0.6:
        return name_pairs(zones, draw, _NAMINGS, FLOWING)
    form = SIDE_FIRST if draw.random() < 0.6 else None
    return name_places(zones, draw, _NAMINGS, whole=whole, form=form, joins=FLOWING)


def one_side_clear(zones: Sequence[int], draw: Random) -> str:
    """Name the affected zones of one lung, and the other lung clear."""
    affected = state(name_places(zones, draw, whole=0.3), draw)
    other = SIDES[1 if any(zones[:3]) else 0]
    if draw.random() < 0.25:
        return finish(affected + draw.choice(_WITH_CLEAR_LUNG).format(o=other), draw)
    found = finding(draw, degree=0)
    return _two(affected, draw.choice(_CLEAR_LUNG).format(o=other, f=found.text), draw)


def spared(zones: Sequence[int], draw: Random) -> str:
    """Name zones that are not affected beside the affected ones, or say that the rest is clear."""
    affected = state(_name(zones, draw, whole=0.3), draw)
    if draw.random() < 0.25:
        return _two(affected, draw.choice(_REST), draw)
    absent = [1 - value for value in zones]
    if sum(absent) > 1 and draw.random() < 0.5:  # name some of them only
        kept = draw.sample([index for index in range(6) if absent[index]], draw.randint(1, sum(absent) - 1))
        absent = [int(index in kept) for index in range(6)]
    place, found = _name(absent, draw, whole=0.5), finding(draw, degree=0)
    are, have = "are" if place.plural else "is", "have" if found.plural else "has"
    clear = draw.choice(_SPARED).format(f=found.text, p=place.text, are=are, have=have)
    return _two(affected, clear, draw)


def exceptions(zones: Sequence[int], draw: Random) -> str:
    """Name a whole and what it leaves out: "all zones except the left apex"."""
    except_ = draw.choice(_EXCEPT)
    by_side = 2 in (sum(zones[:3]), sum(zones[3:]))
    if sum(zones) >= 3 and (draw.random() < 0.6 or not by_side):
        absent = [1 - value for value in zones]
        whole = "all" if except_ == " but {}" and draw.random() < 0.4 else draw.choice(_ALL)
        text = whole + except_.format(_name(absent, draw, whole=0.6).text)
    else:
        text = draw.choice(("; ", ". ")).join(_sides_with_exceptions(zones, except_, draw))
    return finish(draw.choice(_DIFFUSE).format(f=finding(draw, degree=0).text, p=text), draw)


def _sides_with_exceptions(zones: Sequence[int], except_: str, draw: Random) -> list[str]:
    parts = []
    for side, affected in sides_of(zones, draw):
        name, naming = SIDES[side], draw.choice(_NAMINGS)
        missing = [zone for zone in range(3) if zone not in affected]
        if len(affected) == 2 or (len(affected) == 1 and draw.random() < 0.3):
            exception = naming.names(missing, draw).text
            exception = draw.choice((f"the {exception}", f"its {exception}", f"the {name} {exception}"))
            parts.append(draw.choice(_ONE_LUNG).format(name) + except_.format(exception))
        elif missing:
            parts.append(f"the {name} {naming.names(affected, draw).text}")
        else:
            parts.append(draw.choice(_ONE_LUNG[1:]).format(name))
    return parts


_STRONG = (". ", ". ", ". ", "; ", ", but ")


def _two(affected: str, clear: str, draw: Random) -> str:
    """Join two statements in any order, so that neither reaches into the other."""
    first, second, joins = affected, clear, [*_STRONG]
    if draw.random() < 0.35:  # a bare "and" behind "no opacity in ..." would deny what follows as well
        first, second = clear, affected
    elif clear.startswith(("no ", "there is no ")):
        joins += [", ", " and ", ", and "]
    elif " is " in clear or " are " in clear:  # "left base and right apex is clear": whereas tells them apart
        joins += [", whereas ", ", while "]
    join = draw.choice(joins)
    if join == ". " and draw.random() < 0.85:
        second = second[0].upper() + second[1:]
    return finish(first + join + second, draw)
