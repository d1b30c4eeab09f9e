from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from tests.data.trees import datalist, record

from textguide.data.pseudo_labels import Method, apply_table, count_changes, label_zones, location_phrase
from textguide.data.zone_clusters import NOISE
from textguide.data.zone_report import report_zones

LEFT, RIGHT = [0, 0, 1, 0, 0, 0], [0, 0, 0, 0, 0, 1]
TEXTS = ["opacity, lower left lung."] * 4 + ["opacity, lower right lung."] * 3
FREE = "glorb, lower left lung."  # of the left cluster by its phrase; no word that the grammar knows


def embed(phrases: Sequence[str]) -> np.ndarray:
    """Left and right lie apart, and what names neither far from both."""
    apart = [-9.0, -9.0]
    return np.array(
        [[1.0, 0.0] if "left" in one else [0.0, 1.0] if "right" in one else apart for one in phrases]
    )


def sentences(texts: Sequence[str | None], prefix: str = "t") -> list[dict[str, Any]]:
    return [record(f"images/{prefix}{number}.png", text=text) for number, text in enumerate(texts)]


def example() -> dict[str, Any]:
    training = sentences([*TEXTS, FREE, "nothing that anyone reads", None, ""])
    return datalist(training=training, validation=sentences([FREE, "glorb", TEXTS[-1]], "v"))


def zones_of(method: Method, section: str = "training") -> list[list[int] | None]:
    written = label_zones(example(), method, embed).write_into(example())
    return [one["zones"] for one in written[section]]


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("bilateral, two areas, lower left lung.", "lower left lung."),
        (" lower left lung ", "lower left lung"),
        ("lower left lung, ", "lower left lung,"),
        ("1,5 cm left,right", "1,5 cm left,right"),
    ],
)
def test_the_phrase_is_what_follows_the_last_comma_and_blank(text: str, phrase: str) -> None:
    assert location_phrase(text) == phrase
    assert location_phrase(text, "whole") == text.strip()


def test_the_rules_label_what_they_read_and_leave_the_rest_unknown() -> None:
    assert zones_of("rules") == [LEFT] * 4 + [RIGHT] * 3 + [None] * 4
    assert zones_of("rules", "validation") == [None, None, RIGHT]


def test_clusters_of_the_training_label_what_the_rules_do_not_read() -> None:
    assert zones_of("clusters") == [LEFT] * 4 + [RIGHT] * 3 + [LEFT] + [None] * 3
    assert zones_of("clusters", "validation") == [LEFT, None, RIGHT]
    assert zones_of("rules_then_clusters") == zones_of("clusters")


def test_validation_takes_no_part_in_the_clusters() -> None:
    several = datalist(training=sentences(TEXTS), validation=sentences(["glorb, up here"] * 9, "v"))
    labels = label_zones(several, "clusters", embed)
    assert [one.cluster for one in labels.sentences] == [0] * 4 + [1] * 3 + [NOISE] * 9
    assert labels.phrases == ("lower left lung.", "lower right lung.")


def test_where_rules_and_clusters_differ_the_method_decides() -> None:
    labels = label_zones(datalist(training=sentences(TEXTS)), "clusters", embed)
    labels = apply_table(labels, {0: (1, 1, 1, 0, 0, 0)}, labels.fit)
    first = labels.sentences[0]
    assert first.zones("clusters") == ((1, 1, 1, 0, 0, 0), "clusters")
    assert first.zones("rules_then_clusters") == (tuple(LEFT), "rules")
    assert report_zones(labels)["agreement"]["training"]["written"] == {"n": 7, "agree": 3, "share": 3 / 7}


def test_a_record_without_a_sentence_keeps_its_zones_and_every_other_field_stays() -> None:
    before = example()
    before["training"][-1]["zones"] = RIGHT
    before["training"][0]["zones"] = RIGHT
    before["training"][8]["zones"] = RIGHT
    after = label_zones(before, "rules").write_into(before)
    assert after["training"][-1]["zones"] == RIGHT
    assert count_changes(before, after) == {"filled": 7, "emptied": 1, "changed": 1}
    bare = [{**one, "zones": None} for one in before["training"]]
    assert [{**one, "zones": None} for one in after["training"]] == bare
    assert before["training"][0]["zones"] == RIGHT


def test_a_table_of_another_clustering_is_refused() -> None:
    labels = label_zones(example(), "clusters", embed)
    with pytest.raises(ValueError, match=f"clustering 0000, this one is {labels.fit}"):
        apply_table(labels, {}, "0000")
    with pytest.raises(ValueError, match="the rules make none"):
        apply_table(label_zones(example(), "rules"), {}, None)
    with pytest.raises(ValueError, match="needs a text encoder"):
        label_zones(example(), "clusters")


def test_a_training_without_sentences_is_said() -> None:
    with pytest.raises(ValueError, match="has 0 sentences"):
        label_zones(datalist(training=sentences([None, ""])), "clusters", embed)
