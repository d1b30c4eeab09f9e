from __future__ import annotations

import itertools
import math
import re

import numpy as np
import pytest

from textguide.text import (
    FAMILIES,
    HELD_OUT,
    TRAINED,
    fitting_families,
    load_tokenizer,
    mirror_report,
    mirror_zones,
    misspell,
    open_wordings,
    paraphrase,
    parse_report,
    twins,
)
from textguide.text.vocabulary import WHOLE_WORDS

SUBSETS = [zones for zones in itertools.product((0, 1), repeat=6) if any(zones)]
NAMED = [name for name in FAMILIES if name != "clear"]


def texts(family: str, number: int = 300, seed: int = 0) -> list[tuple[tuple[int, ...], str]]:
    rng = np.random.RandomState(seed)
    fitting = [zones for zones in SUBSETS if family in fitting_families(zones)]
    return [(zones, paraphrase(zones, rng, [family])) for zones in (fitting * number)[:number]]


def test_held_out_families_are_never_trained_with():
    assert set(HELD_OUT) | set(TRAINED) == set(FAMILIES)
    assert not set(HELD_OUT) & set(TRAINED)
    assert len(HELD_OUT) >= 3


@pytest.mark.parametrize("kind", [np.random.RandomState, np.random.default_rng])
def test_the_same_seed_gives_the_same_texts_and_another_seed_others(kind):
    first, second, third = ([paraphrase(zones, rng) for zones in SUBSETS] for rng in map(kind, (1, 1, 2)))
    assert first == second
    assert first != third


@pytest.mark.parametrize("family", NAMED)
def test_a_family_has_many_texts_for_one_set_of_zones(family):
    zones = next(zones for zones in SUBSETS[10:] if family in fitting_families(zones))
    rng = np.random.RandomState(0)
    assert len({paraphrase(zones, rng, [family]) for _ in range(500)}) > (80 if family == "table" else 200)


@pytest.mark.parametrize("family", NAMED)
def test_texts_fit_into_64_tokens_without_an_unknown_one(family):
    tokenizer = load_tokenizer()
    ids = [tokenizer(text, verbose=False)["input_ids"] for _, text in texts(family)]
    assert max(map(len, ids)) <= 64
    assert not any(tokenizer.unk_token_id in row for row in ids)


def test_every_set_of_zones_has_at_least_half_of_the_trained_families():
    assert min(len(fitting_families(zones, TRAINED)) for zones in SUBSETS) >= len(TRAINED) // 2
    assert fitting_families((0,) * 6) == ["clear"]


def test_the_empty_set_is_said_to_be_clear():
    rng = np.random.RandomState(0)
    found = {paraphrase((0,) * 6, rng) for _ in range(200)}
    assert len(found) > 50
    assert {parse_report(text).zones for text in found} <= {(0,) * 6, None}


@pytest.mark.parametrize("family", [name for name in NAMED if name in TRAINED])
def test_a_text_is_read_as_its_zones_or_not_at_all_and_so_is_its_mirror_image(family):
    """The parser shares no code with the writers: what it reads is what the words determine."""
    read = 0
    for zones, text in texts(family, 400):
        found = parse_report(text).zones
        assert found in (zones, None), text
        read += found is not None
        mirrored = mirror_report(text)
        assert mirrored is None or parse_report(mirrored).zones in (mirror_zones(zones), None), mirrored
    assert read > 400 * (0.6 if family == "typos" else 0.85)


@pytest.mark.parametrize("family", HELD_OUT)
def test_a_held_out_text_determines_its_zones_once_it_is_put_in_plain_words(family):
    read = 0
    for zones, text in texts(family, 300):
        found = parse_report(text).zones
        assert found in (zones, None), text
        plain = read_table(text) if family == "table" else parse_report(in_plain_words(text)).zones
        assert plain in (zones, None), in_plain_words(text)
        read += plain is not None
    assert read > 300 * 0.7


def in_plain_words(text: str) -> str:
    """Put signs for spoken ones, leave out what only asks, and say "in" for what leads to a place."""
    text = text.lower()
    for spoken, sign in SPOKEN.items():
        text = text.replace(f" {spoken}", sign)
    text = re.sub(r"^(new paragraph|findings:?)|new line", "", text)
    text = re.sub(ASKING, " ", text)
    text = re.sub(r"; in contrast,|,? and by contrast|, whereas|, while", ";", text)
    return re.sub(r"as for |of the (left|right) lung, (its|the)", r"\1 ", text).replace("in its", "in the")


SPOKEN = {"comma": ",", "semicolon": ";", "colon": ":", "full stop": ".", "period": "."}
ASKING = (
    r"(can you|could you|please|i would like you to|we need|the target is the|a mask of the|to be outlined)"
)
ASKING += r"|\b(segment|outline|mark|delineate|highlight|show|find|label)\b( the| only)?|\?|, please"


def read_table(text: str) -> tuple[int, ...]:
    """Read six answers in the order of their labels."""
    answers = {}
    for item in re.split(r"[,;\n]\s*", text):
        label, answer = re.fullmatch(r"(.*?)\s*[:=]?\s(\S+)", item).groups()
        answers[label] = int(answer in ("yes", "+", "affected", "present", "1", "positive", "involved"))
    labels = [f"{s}{z}Z" for s in "LR" for z in "UML"] if "LUZ" in answers else None
    labels = labels or [f"{s} {z}" for s in ("left", "right") for z in ("upper", "middle", "lower")]
    return tuple(answers.get(label, answers.get(f"{label} zone")) for label in labels)


def test_no_text_is_left_with_a_gap():
    for family in FAMILIES:
        for _, text in texts(family, 100) if family != "clear" else []:
            assert text == text.strip()
            assert not {"{", "}"} & set(text)


def test_open_wordings_leave_zones_open_and_contradict_none():
    rng = np.random.RandomState(0)
    kinds = set()
    for zones in SUBSETS * 5:
        text, known = open_wordings(zones, rng)
        assert None in known
        assert all(value in (None, zone) for value, zone in zip(known, zones, strict=True)), text
        kinds.add(known.count(None))
    assert len(kinds) >= 3


def test_the_parser_leaves_open_what_an_open_wording_leaves_open():
    rng = np.random.RandomState(0)
    read = []
    for zones in SUBSETS * 10:
        text, known = open_wordings(zones, rng)
        found = parse_report(text).known
        assert found in (None, known), text
        if known.count(None) == 3:
            read.append(found is not None)
    assert np.mean(read) > 0.7  # of those that name a side alone


def test_twins_are_the_same_words_in_another_binding():
    rng = np.random.RandomState(0)
    for _ in range(300):
        (first, first_zones), (second, second_zones) = twins(rng)
        assert sorted(first.lower().split(" ")) == sorted(second.lower().split(" ")) or (
            sorted(first.replace(",", "").split()) == sorted(second.replace(",", "").split())
        )
        assert first_zones != second_zones
        assert parse_report(first).zones in (None, first_zones), first
        assert parse_report(second).zones in (None, second_zones), second


def test_a_typing_error_changes_one_word_into_none_that_is_valid():
    rng = np.random.RandomState(0)
    text = "Consolidation in the upper right zone and the left base, apical and lower fields"
    seen = set()
    for _ in range(500):
        typed = misspell(text, rng)
        changed = [pair for pair in zip(text.split(), typed.split(), strict=True) if pair[0] != pair[1]]
        assert len(changed) == 1
        assert changed[0][1].lower().rstrip(",") not in WHOLE_WORDS
        seen.add(changed[0][0])
    assert {"upper", "right", "left", "base,", "lower"} <= seen


def test_two_errors_no_error_and_nothing_to_misspell():
    rng = np.random.RandomState(0)
    assert misspell("left lung", rng, 0) == "left lung"
    assert misspell("L UZ", rng, 3) == "L UZ"
    assert misspell("consolidation consolidation", rng, 2) != "consolidation consolidation"


@pytest.mark.parametrize("zones", [(1, 0, 0), (0, 0, 0, 0, 0, 2), (math.nan,) * 6])
def test_what_are_no_six_zones_is_an_error(zones):
    with pytest.raises(ValueError, match="six values of 0 or 1"):
        paraphrase(zones, np.random.RandomState(0))


def test_an_unknown_or_unfit_family_is_an_error():
    rng = np.random.RandomState(0)
    with pytest.raises(ValueError, match="template, phrase, .*, got 'poem'"):
        paraphrase((1, 0, 0, 0, 0, 0), rng, ["poem"])
    with pytest.raises(ValueError, match=r"no family of pairs has a wording for the zones \(1, 0"):
        paraphrase((1, 0, 0, 0, 0, 0), rng, ["pairs"])
