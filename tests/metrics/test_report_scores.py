from __future__ import annotations

import sys
import time
from itertools import product

import pytest

from textguide.metrics import REPORT_SCORES, report_scores, require_nltk
from textguide.text import write_report

ALL = [write_report(bits) for bits in product((0, 1), repeat=6)]
LEFT = "unilateral pulmonary infection, one infected area, lower left lung."
RIGHT = "unilateral pulmonary infection, one infected area, lower right lung."


def test_the_same_sentences_score_one_and_strange_ones_nothing():
    same = report_scores([LEFT, RIGHT], [LEFT, RIGHT])
    assert list(same) == list(REPORT_SCORES)
    assert [same[name] for name in REPORT_SCORES[:5]] == [1.0] * 5
    assert same["meteor"] == pytest.approx(1 - 0.5 / 9**3)
    assert report_scores([LEFT], ["the heart is large"]) == dict.fromkeys(REPORT_SCORES, 0.0)


def test_one_wrong_word_of_nine_counted_by_hand():
    scores = report_scores([RIGHT], [LEFT])
    assert scores["bleu_1"] == pytest.approx(8 / 9)
    assert scores["bleu_2"] == pytest.approx((8 / 9 * 6 / 8) ** (1 / 2))
    assert scores["bleu_4"] == pytest.approx((8 / 9 * 6 / 8 * 5 / 7 * 4 / 6) ** (1 / 4))
    assert scores["rouge_l"] == pytest.approx(8 / 9)
    assert scores["meteor"] == pytest.approx(8 / 9 * (1 - 0.5 * (2 / 8) ** 3))


def test_bleu_is_that_of_all_sentences_at_once_and_punishes_what_is_short():
    both = report_scores(["one area", "lower left lung"], ["one area", "lower right lung"])
    assert both["bleu_1"] == pytest.approx(4 / 5)
    short = report_scores(["one infected area"], ["one infected area, lower left lung"])
    assert short["bleu_1"] == pytest.approx(2.718281828 ** (1 - 6 / 3))
    assert short["rouge_l"] == pytest.approx(2 * 3 / 9)


def test_a_stem_counts_in_meteor_and_a_synonym_does_not():
    assert report_scores(["infected areas"], ["infected area"])["meteor"] == pytest.approx(1 - 0.5 / 8)
    assert report_scores(["pulmonary"], ["lung"])["meteor"] == 0


def test_case_and_punctuation_do_not_count():
    shouted = report_scores([LEFT.upper().replace(",", " ;")], [LEFT])
    assert shouted == report_scores([LEFT], [LEFT])
    assert report_scores([""], [LEFT]) == dict.fromkeys(REPORT_SCORES, 0.0)


def test_all_sentences_of_the_grammar_against_many_cases_take_seconds():
    started = time.process_time()
    scores = report_scores(ALL * 20, (ALL[7:] + ALL[:7]) * 20)
    assert time.process_time() - started < 10
    assert 0 < scores["bleu_4"] < scores["bleu_1"] < 1


def test_a_sentence_of_any_length_is_scored():
    scores = report_scores([LEFT], ["left " * 5000])
    assert scores["rouge_l"] == pytest.approx(2 / (9 + 5000))
    assert scores["bleu_1"] < 1e-9


def test_what_cannot_be_scored_is_refused(monkeypatch):
    with pytest.raises(ValueError, match="1 written and 2 true sentences"):
        report_scores([LEFT], [LEFT, RIGHT])
    with pytest.raises(ValueError, match="0 written"):
        report_scores([], [])
    monkeypatch.setitem(sys.modules, "nltk", None)
    monkeypatch.delitem(sys.modules, "nltk.translate", raising=False)
    with pytest.raises(ImportError, match=r"need nltk; install it with: pip install 'textguide\[all\]'"):
        require_nltk()
