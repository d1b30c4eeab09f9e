from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from textguide.text import parse_report
from textguide.transforms import RandDropTextd, RandParaphraseTextd

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


def test_another_wording_is_never_read_as_other_zones():
    say = RandParaphraseTextd("text", prob=1.0).set_random_state(seed=0)
    for zones in [zones for zones in itertools.product((0.0, 1.0), repeat=6) if any(zones)]:
        for _ in range(4):
            text = say({"text": SENTENCE, "zones": np.asarray(zones, np.float32)})["text"]
            assert parse_report(text).zones in (zones, None)


def test_one_sentence_gets_many_wordings_and_the_share_asked_for():
    say = RandParaphraseTextd("text", prob=0.3).set_random_state(seed=0)
    found = [say({"text": SENTENCE, "zones": ZONES})["text"] for _ in range(1000)]
    assert np.mean([text != SENTENCE for text in found]) == pytest.approx(0.3, abs=0.05)
    assert len(set(found)) > 10
    again = RandParaphraseTextd("text", prob=0.3).set_random_state(seed=0)
    assert [again({"text": SENTENCE, "zones": ZONES})["text"] for _ in range(1000)] == found


@pytest.mark.parametrize(
    "record",
    [
        {"text": SENTENCE, "zones": [math.nan] * 6},
        {"text": SENTENCE},
        {"text": "", "zones": ZONES},
        {"text": None, "zones": ZONES},
        {"text": "no infection.", "zones": [0.0] * 6},
    ],
)
def test_without_zones_or_without_a_sentence_the_record_stays(record):
    assert RandParaphraseTextd("text", prob=1.0)(record) == record


def test_a_share_of_the_new_sentences_leaves_zones_open():
    say = RandParaphraseTextd("text", prob=1.0, open_prob=0.3).set_random_state(seed=0)
    read = [parse_report(say({"text": SENTENCE, "zones": ZONES})["text"]).zones for _ in range(500)]
    never = RandParaphraseTextd("text", prob=1.0).set_random_state(seed=0)
    closed = [parse_report(never({"text": SENTENCE, "zones": ZONES})["text"]).zones for _ in range(500)]
    share = [np.mean([zones != tuple(ZONES) for zones in found]) for found in (read, closed)]
    assert share[0] - share[1] == pytest.approx(0.3, abs=0.08)
