from __future__ import annotations

import itertools
import random
import string
import time

import pytest

from textguide.text import parse_report, write_report
from textguide.text.clauses import Unclear
from textguide.text.report import Contradiction, Note

SUBSETS = list(itertools.product((0, 1), repeat=6))
HEAD = "Unilateral pulmonary infection, one infected area, "

READ = {
    "unilateral pulmonary infection, one infected area, lower left lung.": (0, 0, 1, 0, 0, 0),
    "Bilateral pulmonary infection, nine infected areas, all left lung and all right lung..": (1,) * 6,
    "Unilateral pulmonary infection, two infected areas, upper middle lower left lung.": (1, 1, 1, 0, 0, 0),
    "Unilateral pulmonary infection, one infected areas, left lung and middle right lung.": (
        0,
        0,
        0,
        0,
        1,
        0,
    ),
    f"{HEAD}lower left lung and lower right lung.": (0, 0, 1, 0, 0, 1),
    f"{HEAD}lower left lung. EOF XXX EOF XXX": (0, 0, 1, 0, 0, 0),
    f"{HEAD}lowerl left lung.": (0, 0, 1, 0, 0, 0),
    "No pulmonary infection, zero infected areas.": (0,) * 6,
    "no infection.": (0,) * 6,
    "There is no infection": (0,) * 6,
    "zero infected areas": (0,) * 6,
    # a side that is left out is a neighbour's
    "upper and lower right lung": (0, 0, 0, 1, 0, 1),
    "right upper and lower zones": (0, 0, 0, 1, 0, 1),
    "left upper, middle and lower zones and right middle zone": (1, 1, 1, 0, 1, 0),
    "both upper and lower left lung": (1, 0, 1, 0, 0, 0),
    # other words for the same
    "Consolidation in the lower zones of both lungs.": (0, 0, 1, 0, 0, 1),
    "Opacity of the whole left lung; mid right lung": (1, 1, 1, 0, 1, 0),
    "LUZ & RLZ": (1, 0, 0, 0, 0, 1),
    "basal left lung. apical right lung.": (0, 0, 1, 1, 0, 0),
    "left and right lungs throughout": (1,) * 6,
    "lower\u00ad left ｌｕｎｇ": (0, 0, 1, 0, 0, 0),
    "lower\u2011left lung": (0, 0, 1, 0, 0, 0),
    "lower\u2010zone of the left\u2013lung": (0, 0, 1, 0, 0, 0),
    "left \u2212 lower; right\u2014middle zone": (0, 0, 1, 0, 1, 0),
    "lo\0wer left\x1f lung\0": (0, 0, 1, 0, 0, 0),
    "\u201clower left lung\u201d, \u2018upper\u2019 \u00abright lung\u00bb": (0, 0, 1, 1, 0, 0),
    "\uff02lower left lung\uff02": (0, 0, 1, 0, 0, 0),
    # a line break is a blank, or ends an item of a list
    "upper\nmiddle\nlower\nleft\nlung": (1, 1, 1, 0, 0, 0),
    "lower left lung and upper\nright lung": (0, 0, 1, 1, 0, 0),
    f"{HEAD}lower\nleft lung": (0, 0, 1, 0, 0, 0),
    "lower left lung\n\tupper right lung": (0, 0, 1, 1, 0, 0),
    "left upper\nright lower": (1, 0, 0, 0, 0, 1),
    "L base, R. upper zone": (0, 0, 1, 1, 0, 0),
    "Lt apex + rt midzone": (1, 0, 0, 0, 1, 0),
    "bibasal consolidation and left mid-zone opacity": (0, 1, 1, 0, 0, 1),
    "bibasilar opacities": (0, 0, 1, 0, 0, 1),
    "bilateral lower zones": (0, 0, 1, 0, 0, 1),
    "both bases and mid zone of the left lung": (0, 1, 1, 0, 0, 1),
    "the lower thirds of the left and right lung": (0, 0, 1, 0, 0, 1),
    "right lower and left upper zones": (1, 0, 0, 0, 0, 1),
    # a side stands before its zones, or behind them
    "On the left, the apex and base; on the right, all zones.": (1, 0, 1, 1, 1, 1),
    "right lung - mid, left lung - lower": (0, 0, 1, 0, 1, 0),
    "apex and base on the left and mid zone on the right": (1, 0, 1, 0, 1, 0),
    "left upper and lower zones and the lower zone of the right lung": (1, 0, 1, 0, 0, 1),
    "upper and mid, left; lower, right": (1, 1, 0, 0, 0, 1),
    # a lung is named, and then its zones
    "Both lungs are affected: the left base and the right apex.": (0, 0, 1, 1, 0, 0),
    "The left lung is abnormal. Consolidation in the left base.": (0, 0, 1, 0, 0, 0),
    "Two zones are affected: left base and right apex": (0, 0, 1, 1, 0, 0),
    "Opacity on both sides: mid and lower zones on the left, the apex on the right.": (0, 1, 1, 1, 0, 0),
    "Bilateral disease. Left base, right apex.": (0, 0, 1, 1, 0, 0),
    # wholes and runs
    "Infiltrates throughout both lungs": (1,) * 6,
    "all six zones": (1,) * 6,
    "both entire lungs": (1,) * 6,
    "opacity throughout the left lung": (1, 1, 1, 0, 0, 0),
    "all lobes of the right lung": (0, 0, 0, 1, 1, 1),
    "the left lung throughout and the right base": (1, 1, 1, 0, 0, 1),
    "from the right base up to the mid zone": (0, 0, 0, 0, 1, 1),
}

# What leaves zones open: each zone 1, 0, or None where it is not said.
LEFT, RIGHT = (*(None,) * 3, 0, 0, 0), (0, 0, 0, *(None,) * 3)
OPEN = {
    "left lung infection": LEFT,
    f"{HEAD}left lung.": LEFT,
    "opacity in the right lung": RIGHT,
    "pneumonia on the left": LEFT,
    "right-sided pneumonia": RIGHT,
    "left and right lungs": (None,) * 6,
    "Both lungs are affected. Consolidation in the left base.": (0, 0, 1, None, None, None),
    "left lung and right base": (*(None,) * 3, 0, 0, 1),
    "Left lung opacity. The right lung is clear, the left apex spared.": None,
    "Left lung opacity. The left apex is clear.": (0, None, None, 0, 0, 0),
    # lobes
    "left lower lobe": LEFT,
    "LLL consolidation": LEFT,
    "RML": RIGHT,
    "RUL and LLL": (None,) * 6,
    "upper lobe of the right lung": RIGHT,
    "upper left lobe": LEFT,
    "the entire left lower lobe": LEFT,
    "right upper and middle lobes": RIGHT,
    "left upper and right lower lobes": (None,) * 6,
    "both lower lobes": (None,) * 6,
    "bilateral lower lobes": (None,) * 6,
    "lower lobes bilaterally": (None,) * 6,
    "left lower lobe, right base": (*(None,) * 3, 0, 0, 1),
    "left lower lobe and left upper zone": (1, None, None, 0, 0, 0),
    "left lower and middle zones, right lower lobe": (0, 1, 1, *(None,) * 3),
    "lower lobe": None,
    "left lower lobe or right base": None,
    "left lower lobe and right": None,
    "left lower lobe, upper": None,
    "RUL and bibasal opacities": (0, 0, 1, None, None, 1),
    "Right base opacity. The left lower lobe is clear.": None,
    "left lower lobe sparing the apex": None,
    "both lobes of the left lung": None,
}
NOT_READ = [
    "Pulmonary infection.",
    "No opacity in the left lung",
    "no infection in the left lung",
    "no infection, yet consolidation",
    "infiltrate, no infection",
    "lower left lung, right lung clear",
    "retrocardiac opacity in the left lung",
    "consolidation of the lower left lung has resolved",
    "lower left lung?",
    "lower left upper right lung",
    "lower lung and upper right lung",
    "lower left and right lung",
    "left and right lower lung",
    "upper left and middle and lower right lung",
    "upper left lung and lower",
    "left",
    "upper lung",
    "the left zone",
    "central left lung",
    "zero lower left lung",
    "lower left lung 3 cm",
    "all upper left lung",
    "unten links",
    "both bases and mid zone",
    "Both lungs are affected. Consolidation in the left base.",
    "left and right mid zone",
    "left apex and base and mid zone of the right lung",
    "lower two thirds of the left lung",
    "from the left base to the right apex",
    "left lung, upper zone, right lung",
    "bilateral opacity in the upper zone",
    "left upper or lower zone",
    "left base more than right base",
    "LUZ: +, LMZ: -, LLZ: +",
    "LUZ: + LMZ: - LLZ: +",
    "one small pink polyp, located in left of the image",
]

NOTED = {
    Note.NO_TEXT: "  ",
    Note.NO_PLACE: "pulmonary infection",
    Note.NOT_UNDERSTOOD: "retrocardiac opacity in the lower left lung",
    Note.NEGATED: "no opacity in the left lung",
    Note.REPAIRED: "lowerl left lung",
    Note.OPEN_LUNG: "left lung",
    Note.LOBE: "left lower lobe",
    Note.EMPTY_SIDE_DROPPED: f"{HEAD}left lung and middle right lung.",
    Note.LESION_COUNT: "Unilateral pulmonary infection, two infected areas, all left lung.",
    Contradiction.LATERALITY: f"{HEAD}lower left lung and lower right lung.",
    Contradiction.NEGATIVE_WITH_PLACE: "No pulmonary infection, one infected area, lower left lung.",
    Contradiction.CLEAR_AND_AFFECTED: "Left base opacity. The left lung is clear.",
    Unclear.TWO_SIDES: "lower left upper right lung",
    Unclear.NO_SIDE: "lower lung",
    Unclear.NO_ZONE: "the left zone",
    Unclear.ALL_AND_ZONE: "all upper left lung",
    Unclear.TWO_READINGS: "lower left and right lung",
}


@pytest.mark.parametrize(("text", "zones"), READ.items())
def test_zones_are_read(text, zones):
    report = parse_report(text)
    assert report.zones == report.known == zones


@pytest.mark.parametrize(("text", "known"), OPEN.items())
def test_a_lung_or_lobe_without_zones_leaves_them_open(text, known):
    report = parse_report(text)
    assert report.known == known
    assert report.zones is None
    assert report.notes


@pytest.mark.parametrize("text", NOT_READ)
def test_what_is_not_understood_is_unknown_and_never_a_negative(text):
    report = parse_report(text)
    assert report.zones is None
    assert report.known is None or None in report.known
    assert report.notes or report.contradictions


@pytest.mark.parametrize("remark", [*Note, *Contradiction, *Unclear])
def test_every_remark_has_its_case(remark):
    report = parse_report(NOTED[remark])
    assert remark in report.notes + report.contradictions


def test_a_plain_report_gets_no_remark():
    report = parse_report(
        "bilateral pulmonary infection, two infected areas, lower left lung and upper right lung."
    )
    assert (report.notes, report.contradictions, report.repairs, report.unknown_words) == ((), (), (), ())
    assert (report.count, report.laterality) == (2, "bilateral")


@pytest.mark.parametrize("text", [None, "", "\n"])
def test_no_text_is_unknown(text):
    assert parse_report(text).zones is None


def test_the_same_words_in_another_order_are_another_report():
    first = parse_report("upper left lung and lower right lung")
    second = parse_report("lower left lung and upper right lung")
    assert first.zones == (1, 0, 0, 0, 0, 1)
    assert second.zones == (0, 0, 1, 1, 0, 0)


def test_a_contradicting_report_keeps_its_zones_and_a_negative_one_does_not():
    assert parse_report(NOTED[Contradiction.LATERALITY]).zones == (0, 0, 1, 0, 0, 1)
    assert parse_report(NOTED[Contradiction.NEGATIVE_WITH_PLACE]).zones is None


def test_unknown_words_are_echoed_once_and_known_ones_are_not():
    report = parse_report("Qwertz opacity, qwertz and retrocardiac lowr left lung, Zyx")
    assert report.unknown_words == ("qwertz", "zyx")
    assert report.repairs == (("lowr", "lower"),)


def test_a_typing_error_with_two_repairs_is_not_repaired():
    assert parse_report("leven infected areas, lower left lung").repairs == ()


@pytest.mark.parametrize("style", ["refined", "lvit", "mosmed"])
def test_one_typing_error_never_changes_the_zones_in_silence(style):
    generator, letters = random.Random(0), string.ascii_lowercase + " ,.-"
    unchanged = 0
    for zones in SUBSETS * 8:
        text = write_report(zones, style)
        at, letter = generator.randrange(len(text)), generator.choice(letters)
        cut, swap = text[:at] + text[at + 1 :], text[:at] + text[at + 1 : at + 2] + text[at] + text[at + 2 :]
        typed = generator.choice(
            [cut, swap, text[:at] + letter + text[at:], text[:at] + letter + text[at + 1 :]]
        )
        report = parse_report(typed)
        unchanged += report.zones == zones
        if report.zones not in (None, zones):
            assert report.notes or report.contradictions, typed
    assert unchanged > 256  # most errors are repaired: a parser that gives up would pass the line above


@pytest.mark.parametrize("text", ["a", "\ud800", "😀", "\0", ".", "lfet ", "left and ", "upper, "])
def test_ten_thousand_characters_of_anything_do_not_hang(text):
    start = time.perf_counter()
    parse_report((text * 10_000)[:10_000])
    assert time.perf_counter() - start < 2  # a cost that grows with the square would be far above


def test_what_is_no_string_is_an_error():
    with pytest.raises(TypeError, match="got float"):
        parse_report(float("nan"))


@pytest.mark.parametrize("text", ["apex clear", "clear.", "no base", "lung clear"])
def test_a_denial_of_one_word_is_read(text: str) -> None:
    assert parse_report(text).zones is None
