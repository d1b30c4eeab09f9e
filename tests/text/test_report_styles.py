from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from textguide.text import parse_report, write_report

SUBSETS = list(itertools.product((0, 1), repeat=6))

WRITTEN = [
    ("refined", (0, 0, 0, 0, 0, 0), "no infection."),
    ("refined", (0, 0, 0, 0, 0, 1), "unilateral pulmonary infection, one infected area, lower right lung."),
    (
        "refined",
        (1, 0, 1, 0, 1, 0),
        "bilateral pulmonary infection, three infected areas, upper lower left lung and middle right lung.",
    ),
    ("lvit", (1, 1, 1, 0, 0, 0), "Unilateral pulmonary infection, three infected areas, all left lung."),
    ("mosmed", (0, 0, 0, 0, 0, 0), "No pulmonary infection, zero infected areas."),
    ("mosmed", (0, 0, 1, 0, 0, 0), "Unilateral pulmonary infection, one infected areas, lower left lung."),
    (
        "mosmed",
        (0, 0, 0, 1, 1, 1),
        "Unilateral pulmonary infection, three infected areas, left lung and all right lung..",
    ),
]


@pytest.mark.parametrize(("style", "zones", "sentence"), WRITTEN)
def test_sentence_is_the_one_of_the_data_set(style, zones, sentence):
    assert write_report(zones, style) == sentence


@pytest.mark.parametrize("style", ["refined", "lvit", "mosmed", "free"])
def test_every_set_of_zones_is_read_back_and_has_its_own_sentence(style):
    sentences = [write_report(zones, style) for zones in SUBSETS]
    assert [parse_report(sentence).zones for sentence in sentences] == SUBSETS
    assert len(set(sentences)) == 64


@pytest.mark.parametrize("rng", [np.random.RandomState(0), np.random.default_rng(0)])
def test_free_wording_varies_and_is_read_back(rng):
    sentences = {write_report(zones, "free", rng): zones for zones in SUBSETS * 10}
    assert len(sentences) > 400
    assert all(parse_report(sentence).zones == zones for sentence, zones in sentences.items())


def test_free_wording_repeats_with_the_seed():
    first, second = (write_report((1, 0, 1, 0, 0, 1), "free", np.random.RandomState(7)) for _ in range(2))
    assert first == second


def test_a_count_of_lesions_is_written_where_the_style_counts_lesions():
    assert parse_report(write_report((1, 0, 0, 0, 0, 0), "lvit", count=3)).count == 3
    assert parse_report(write_report((1, 0, 0, 0, 0, 0), "mosmed", count=9)).count == 9
    assert parse_report(write_report((1, 0, 0, 0, 0, 0), "refined", count=3)).count == 1


def test_values_of_an_array_are_zones():
    assert write_report(np.array([0.0, 0, 1, 0, 0, 0])) == write_report((0, 0, 1, 0, 0, 0))


@pytest.mark.parametrize("zones", [(1, 0, 0), (0, 0, 0, 0, 0, 2), (math.nan,) * 6])
def test_what_are_no_six_zones_is_an_error(zones):
    with pytest.raises(ValueError, match="six values of 0 or 1"):
        write_report(zones)


def test_an_unknown_style_or_count_is_an_error():
    with pytest.raises(ValueError, match="refined, lvit, mosmed, free, got 'plain'"):
        write_report((1, 0, 0, 0, 0, 0), "plain")
    with pytest.raises(ValueError, match=r"1\.\.13, got 0"):
        write_report((1, 0, 0, 0, 0, 0), "lvit", count=0)
