"""Families of several sentences: a report in prose, under headers, as a list."""

from __future__ import annotations

import re
from collections.abc import Sequence
from random import Random

from textguide.text.lexicon import SIDES, ZONES
from textguide.text.vocabulary import WHOLE_WORDS
from textguide.text.wordings import around, negative
from textguide.text.wordings.findings import finding, state
from textguide.text.wordings.naming import PLAIN, Naming, sides_of
from textguide.text.wordings.options import options
from textguide.text.wordings.places import name_pairs, name_places
from textguide.text.wordings.sides import APEX_BASE, per_side

LONGEST = 54
"""Pieces of a text, about: with start and end it stays within 64 tokens, the default length."""

_TOKEN = re.compile(r"\w+|[^\w\s]")


def place_sentence(zones: Sequence[int], draw: Random) -> str:
    """Return one sentence or two that determine all six zones, with capital and full stop."""
    kind = draw.random()
    if kind < 0.15 and not all(zones):
        is_one_sided = any(zones[:3]) != any(zones[3:])
        text = (negative.one_side_clear if is_one_sided else negative.spared)(zones, draw)
    elif kind < 0.25:
        text = per_side(zones, draw)
    elif kind < 0.45 and any(zones[zone] and zones[zone + 3] for zone in range(3)):
        text = state(name_pairs(zones, draw), draw)
    elif kind < 0.55:
        found = finding(draw)
        text = draw.choice(_TWO_SENTENCES_PLURAL if found.plural else _TWO_SENTENCES)
        text = text.format(f=found.text, p=name_places(zones, draw).text)
    else:
        text = state(name_places(zones, draw), draw)
    return text[0].upper() + text[1:].rstrip(".") + "."


_TWO_SENTENCES = options("""
    there is {f}. It involves {p} | {f} is present. It is located in {p} | {f}. Location: {p} |
    findings suggest {f}. It affects {p} | {f}. Affected are {p} | {f} is seen. It is confined to {p}
""")
_TWO_SENTENCES_PLURAL = options("""
    there are {f}. They involve {p} | {f} are present. They are located in {p} | {f}. Location: {p} |
    {f}. Affected are {p} | {f} are seen. They are confined to {p}
""")


def prose(zones: Sequence[int], draw: Random) -> str:
    """Hide the place among sentences on heart, pleura, lines and history."""
    sentences = [place_sentence(zones, draw)]
    room = LONGEST - _length(sentences[0])
    for topic in draw.sample(around.TOPICS, draw.choice((1, 2, 2, 3, 3, 4, 5))):
        extra = draw.choice(topic)
        room -= _length(extra)
        if room < 0:
            break
        sentences.insert(draw.randint(0, len(sentences)), extra)
    return draw.choice((" ", " ", " ", " ", "\n")).join(sentences)


_ANY_TOPIC = tuple(sentence for topic in around.TOPICS[:-2] for sentence in topic)
_HEADS_BEFORE = (
    *((head, around.HISTORY) for head in ("Indication", "History", "Clinical history", "Clinical details")),
    ("Technique", around.TECHNIQUE),
    ("Comparison", around.COMPARISON),
    ("Findings", _ANY_TOPIC),
)
_HEADS = ("Findings", "Findings", "Report", "Impression", "Conclusion", "Opinion")
_HEADS_AFTER = ("Impression", "Conclusion", "Opinion")


def headers(zones: Sequence[int], draw: Random) -> str:
    """Write under headers: "FINDINGS: ... IMPRESSION: ..."."""
    place = place_sentence(zones, draw)
    room = LONGEST - _length(place) - 8
    head = draw.choice(_HEADS)
    if draw.random() < 0.3:
        extra = draw.choice(_ANY_TOPIC)
        room -= _length(extra)
        if room > 0:
            place = f"{place} {extra}" if draw.random() < 0.5 else f"{extra} {place}"
    parts = [(head, place)]
    if head not in _HEADS_AFTER and draw.random() < 0.4:
        parts.append((draw.choice(_HEADS_AFTER), draw.choice(around.CONCLUSION)))
    elif draw.random() < 0.7:
        other, texts = draw.choice(_HEADS_BEFORE)
        if other != head:
            parts.insert(0, (other, draw.choice(texts)))
    if sum(_length(text) for _, text in parts) > LONGEST - 6:
        parts = [(head, place)]
    case, sign = (
        draw.choice((str.upper, str.upper, str.capitalize, str.lower)),
        draw.choice((": ", ": ", ":\n", " - ")),
    )
    return draw.choice((" ", " ", "\n")).join(case(name) + sign + text for name, text in parts)


_LIST_HEADS = options("""
    "" | "" | Findings: | {f}: | {f} in: | Affected zones: | Chest x-ray: | Areas involved:
""")
_LIST_NAMINGS = (PLAIN[0], PLAIN[8], PLAIN[4], Naming(("upper", "mid", "lower"), "zone"), APEX_BASE)


def bullets(zones: Sequence[int], draw: Random) -> str:
    """Write a list: a line or an item for each side or zone."""
    items = _items(zones, draw)
    if draw.random() < 0.4:
        items.insert(draw.choice((0, len(items))), draw.choice(_ANY_TOPIC).rstrip("."))
    if draw.random() < 0.5:
        items = [item[0].upper() + item[1:] for item in items]
    head = draw.choice(_LIST_HEADS).format(f=finding(draw).text)
    mark = draw.choice(("- ", "- ", "* ", "• ", "#. ", "#) ", ""))
    lines = [mark.replace("#", str(number)) + item for number, item in enumerate(items, start=1)]
    separator = draw.choice(("\n", "\n", "\n", "; ", "\n" if mark in ("", "- ") else " "))
    if head:
        head += "\n" if separator == "\n" else " "
    return head + separator.join(lines)


def _items(zones: Sequence[int], draw: Random) -> list[str]:
    naming, each, items = draw.choice(_LIST_NAMINGS), draw.random() < 0.5, []
    for side, affected in sides_of(zones, draw):
        if each:
            names = [f"{naming.words[zone]} {naming.noun}".strip() for zone in affected]
            draw.shuffle(names)
            items += [f"{SIDES[side]} {name}" for name in names]
        elif len(affected) == len(ZONES) and draw.random() < 0.3:
            items.append(f"{SIDES[side]} lung: all zones")
        else:
            form = draw.choice(("{} lung: {}", "{} {}", "{}: {}", "{} lung - {}"))
            items.append(form.format(SIDES[side], naming.names(affected, draw).text))
    return items


def _length(text: str) -> int:
    """Return about how many pieces a text has: a word outside the vocabulary is cut in four or so."""
    return sum(1 if word in WHOLE_WORDS or len(word) == 1 else 4 for word in _TOKEN.findall(text.lower()))
