from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from textguide.text import mirror_report, parse_report
from textguide.transforms import RandDropTextd, RandRestyleTextd

SENTENCE = "unilateral pulmonary infection, one infected area, upper left lung."
ZONES = (1.0, 0.0, 0.0, 0.0, 0.0, 0.0)


@pytest.mark.parametrize("prob", [0.0, 0.15, 1.0])
def test_the_sentence_is_left_out_as_often_as_asked_and_nothing_else(prob):
    drop = RandDropTextd("text", prob=prob).set_random_state(seed=0)
    record = {"text": SENTENCE, "zones": ZONES, "case_id": "case"}
    found = [drop(record) for _ in range(1000)]
    assert {item["text"] for item in found} <= {SENTENCE, ""}
    assert np.mean([item["text"] == "" for item in found]) == pytest.approx(
        prob, abs=0.03 if 0 < prob < 1 else 0
    )
    assert all(item | {"text": SENTENCE} == record for item in found)
    assert record["text"] == SENTENCE


@pytest.mark.parametrize("styles", [("lvit", "free"), ("refined",)])
def test_another_style_says_the_same_zones_and_can_still_be_mirrored(styles):
    restyle = RandRestyleTextd("text", prob=1.0, styles=styles).set_random_state(seed=0)
    for zones in itertools.product((0.0, 1.0), repeat=6):
        for _ in range(4):
            text = restyle({"text": SENTENCE, "zones": np.asarray(zones, np.float32)})["text"]
            assert parse_report(text).zones == zones
            assert mirror_report(text) is not None


def test_one_sentence_gets_many_wordings_and_the_share_asked_for():
    restyle = RandRestyleTextd("text", prob=0.3).set_random_state(seed=0)
    found = [restyle({"text": SENTENCE, "zones": ZONES})["text"] for _ in range(1000)]
    assert np.mean([text != SENTENCE for text in found]) == pytest.approx(0.3, abs=0.05)
    assert len(set(found)) > 10
    again = RandRestyleTextd("text", prob=0.3).set_random_state(seed=0)
    assert [again({"text": SENTENCE, "zones": ZONES})["text"] for _ in range(1000)] == found


@pytest.mark.parametrize(
    "record",
    [
        {"text": SENTENCE, "zones": [math.nan] * 6},
        {"text": SENTENCE},
        {"text": "", "zones": ZONES},
        {"text": None, "zones": ZONES},
    ],
)
def test_without_zones_or_without_a_sentence_the_record_stays(record):
    assert RandRestyleTextd("text", prob=1.0)(record) == record


def test_an_unknown_style_is_refused_when_it_is_chosen():
    with pytest.raises(ValueError, match="style must be one of refined, lvit, mosmed, free, got 'prose'"):
        RandRestyleTextd("text", prob=1.0, styles=("prose",))({"text": SENTENCE, "zones": ZONES})
