from __future__ import annotations

import itertools
import random
import string

import numpy as np
import pytest

from textguide.text import (
    TRAINED,
    fitting_families,
    mirror_report,
    mirror_zones,
    misspell,
    paraphrase,
    parse_report,
    swap_sides,
    write_report,
)

SUBSETS = list(itertools.product((0, 1), repeat=6))

MIRRORED = {
    "one small pink polyp, located in top left, right of the image": (
        "one small pink polyp, located in top right, left of the image"
    ),
    "The nuclei density in the upper left is high.": "The nuclei density in the upper right is high.",
    "Left-sided effusion; RIGHT apex, rightmost": "Right-sided effusion; LEFT apex, leftmost",
    "LUZ and rml, Lt RUQ; L1": "RUZ and lml, Rt LUQ; L1",
    "L base?\tR apex 😀": "R base?\tL apex 😀",
    "Unilateral pulmonary infection, two infected areas, all left lung.": (
        "Unilateral pulmonary infection, two infected areas, all right lung."
    ),
    "Bilateral pulmonary infection, three infected areas, left lung and upper right lung.": (
        "Bilateral pulmonary infection, three infected areas, upper left lung and right lung."
    ),
}
WITHOUT_SIDE = [
    "",
    "no polyp",
    "Heart size is normal.",
    "brighter, upright, 12 mm at the top",
    "bilateral infection",
    "Bilsteral infitrate in the loewr zones",
]
MISSPELLED = {
    "leftt lung and right base": "right lung and left base",
    "Rihgt lower zone, LEEFT apex, lpwer zone": "Left lower zone, RIGHT apex, lpwer zone",
}
UNSAFE = [
    "lEft lung",
    "lfet lung and right lung",
    "dextrocardia with opacity in the left lung",
    "sinistral opacity",
    "opacity at the lingula",
    "linkes Unterfeld",
    "left lung, rechts frei",
    "polyp at 3 o'clock, left",
    "LVX in the left lung",
    "cleft lung",
    "the tight lung",
    "freie Lufft",
    "leftt zzyzx",
    "leeftt lung",
    "UL opacity",
    "infiltrate at qwertz",
    "left lung and ri\u00adght lung",
]


@pytest.mark.parametrize("style", ["refined", "lvit"])
def test_mirrored_report_is_the_report_of_the_mirrored_zones(style):
    for zones in SUBSETS:
        assert mirror_report(write_report(zones, style)) == write_report(mirror_zones(zones), style)


@pytest.mark.parametrize("style", ["refined", "lvit", "mosmed", "free"])
def test_mirroring_twice_changes_nothing_and_once_mirrors_the_zones(style):
    rng = np.random.RandomState(0)
    for zones in SUBSETS * 3:
        text = write_report(zones, style, rng)
        mirrored = mirror_report(text)
        assert mirrored is not None
        assert parse_report(mirrored).zones == mirror_zones(zones)
        assert mirror_report(mirrored) == text


@pytest.mark.parametrize(("text", "mirrored"), MIRRORED.items())
def test_sides_are_exchanged_and_the_rest_is_kept(text, mirrored):
    assert mirror_report(text) == mirrored
    assert mirror_report(mirrored) == text


@pytest.mark.parametrize("text", WITHOUT_SIDE)
def test_a_text_without_a_side_is_unchanged(text):
    assert mirror_report(text) == text


@pytest.mark.parametrize("text", UNSAFE)
def test_what_cannot_be_mirrored_safely_is_none(text):
    assert mirror_report(text) is None


def test_mirroring_random_typing_is_undone_or_refused():
    generator, letters = random.Random(0), string.ascii_letters + " ,.-\u00e9"
    for zones in SUBSETS * 4:
        text = write_report(zones, generator.choice(["refined", "lvit", "mosmed", "free"]))
        at = generator.randrange(len(text))
        text = text[:at] + generator.choice(letters) + text[at + generator.randrange(2) :]
        mirrored = mirror_report(text)
        if mirrored is None:
            continue
        back = mirror_report(mirrored)
        assert back == text or any(read in ("left", "right") for _, read in parse_report(text).repairs)
        assert mirror_report(back) == mirrored


@pytest.mark.parametrize(("text", "mirrored"), MISSPELLED.items())
def test_a_misspelled_side_is_spelled_right_among_known_words(text, mirrored):
    assert mirror_report(text) == mirrored


def test_a_typing_error_is_mirrored_mostly_and_never_wrongly():
    rng, mirrored = np.random.RandomState(0), []
    names = [name for name in TRAINED if name not in ("typos", "clear")]
    for zones in SUBSETS[1:] * 8:
        text = misspell(paraphrase(zones, rng, fitting_families(zones, names)), rng)
        mirrored.append(mirror_report(text))
        if mirrored[-1] is not None:
            assert parse_report(mirrored[-1]).zones in (None, mirror_zones(zones)), text
    assert sum(text is not None for text in mirrored) > 0.8 * len(mirrored)


def test_swapping_sides_keeps_the_case_and_other_words():
    assert swap_sides("Left LEFT left upright RLZ, l'opacité") == "Right RIGHT right upright LLZ, l'opacité"


def test_mirrored_zones_exchange_the_halves():
    assert mirror_zones((1, 2, 3, 4, 5, 6)) == (4, 5, 6, 1, 2, 3)
    with pytest.raises(ValueError, match="six values"):
        mirror_zones((1, 0))
