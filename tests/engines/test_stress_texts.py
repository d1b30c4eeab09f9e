from __future__ import annotations

import numpy as np
import pytest

from textguide.engines import TEXT_CONDITIONS, condition_texts
from textguide.engines.stress_texts import IRRELEVANT, twin_texts
from textguide.text import FAMILIES, HELD_OUT, fitting_families, parse_report, write_report

ZONES = [[0, 0, 1, 0, 0, 0], [0, 0, 1, 0, 0, 1], [1, 1, 1, 0, 1, 1], [1, 1, 1, 1, 1, 1], [0, 1, 0, 0, 0, 0]]


def record(number: int, zones: list[int] | None) -> dict:
    text = "one polyp on the left" if zones is None else write_report(zones)
    return {"case_id": f"case_{number}", "text": text, "zones": zones}


RECORDS = [record(number, ZONES[number % len(ZONES)]) for number in range(40)]


def test_every_family_is_a_condition_and_those_held_out_are_called_so():
    families = {
        name.removeprefix("paraphrase:") for name in TEXT_CONDITIONS if name.startswith("paraphrase:")
    }
    assert families == set(FAMILIES)
    held_out = {name for name, condition in TEXT_CONDITIONS.items() if condition.kind == "held_out"}
    assert held_out == {f"paraphrase:{name}" for name in HELD_OUT}


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_leaves_out_the_cases_it_does_not_fit_and_keeps_the_zones_of_the_others(family):
    texts = condition_texts(f"paraphrase:{family}", RECORDS)
    fits = [family in fitting_families(item["zones"]) for item in RECORDS]
    assert [text is not None for text in texts] == fits
    parsed = [parse_report(text).zones for text in texts if text is not None]
    wanted = [tuple(item["zones"]) for item, fit in zip(RECORDS, fits, strict=True) if fit]
    assert all(zones in (None, want) for zones, want in zip(parsed, wanted, strict=True))


@pytest.mark.parametrize("condition", [name for name in TEXT_CONDITIONS if name != "shuffled"])
def test_a_part_of_the_cases_gets_the_texts_that_all_of_them_get(condition):
    every = condition_texts(condition, RECORDS, seed=3)
    assert condition_texts(condition, RECORDS[5:20:2], seed=3) == every[5:20:2]
    assert condition_texts(condition, RECORDS, seed=3) == every


def test_misspelt_texts_differ_by_as_many_errors():
    once, twice = (condition_texts(f"misspelt:{count}", RECORDS) for count in (1, 2))
    assert all(text != item["text"] for text, item in zip(once, RECORDS, strict=True))
    changed = [
        sum(a != b for a, b in zip(text.split(), item["text"].split(), strict=True))
        for text, item in zip(twice, RECORDS, strict=True)
    ]
    assert max(changed) == 2


def test_an_irrelevant_sentence_names_no_zone_and_many_are_drawn():
    assert len(set(condition_texts("irrelevant", RECORDS))) > len(IRRELEVANT) / 2
    for text in IRRELEVANT:
        report = parse_report(text)
        assert report.zones is None
        assert not set(text.lower().split()) & {"left", "right", "upper", "lower", "lung", "lungs", "clear"}


def test_an_open_sentence_is_true_and_does_not_say_all():
    texts = condition_texts("open", RECORDS)
    assert all(parse_report(text).zones != tuple(item["zones"]) or "lung" in text
               for text, item in zip(texts, RECORDS, strict=True))  # fmt: skip
    assert condition_texts("open", [record(0, [0] * 6), record(1, None)]) == [None, None]


def test_a_contradictory_text_begins_with_the_right_one_and_is_mostly_seen_through():
    texts = condition_texts("contradictory", RECORDS)
    assert all(text.startswith(item["text"]) for text, item in zip(texts, RECORDS, strict=True))
    seen = [bool(parse_report(text).contradictions) for text in texts]
    assert np.mean(seen) > 0.5
    assert not any(parse_report(item["text"]).contradictions for item in RECORDS)


def test_without_zones_only_what_needs_none_is_written():
    unknown = [record(0, None)]
    assert condition_texts("paraphrase:phrase", unknown) == [None]
    assert condition_texts("contradictory", unknown)[0].startswith("one polyp on the left. ")
    assert condition_texts("contradictory", [{"case_id": "x", "text": "", "zones": None}]) == [None]


def test_twins_are_written_for_films_that_support_both_of_them():
    rng = np.random.default_rng(0)
    first, second = twin_texts(RECORDS[3], rng)
    assert sorted(first[0].split()) == sorted(second[0].split()) or first[0] != second[0]
    assert first[1] != second[1]
    assert twin_texts(record(0, [0, 0, 1, 0, 0, 0]), rng) is None
    assert twin_texts(record(0, None), rng) is None
    _, (_, zones) = twin_texts(record(0, [0, 0, 1, 0, 0, 1]), rng)
    assert sum(zones) == 1
