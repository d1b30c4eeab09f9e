from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.data.test_pseudo_labels import embed, example

from textguide.data.pseudo_labels import label_zones
from textguide.data.zone_report import read_zone_table, report_zones, write_zone_report


def test_the_report_counts_rows_clusters_noise_and_agreement() -> None:
    report = report_zones(label_zones(example(), "clusters", embed))
    assert report["rows"]["training"] == {"sentences": 9, "clusters": 8, "rules": 0, "unknown": 1}
    assert report["rows"]["validation"] == {"sentences": 3, "clusters": 2, "rules": 0, "unknown": 1}
    assert report["agreement"]["training"]["clustered"] == {"n": 7, "agree": 7, "share": 1.0}
    assert report["agreement"]["testing"]["written"] == {"n": 0, "agree": 0, "share": None}
    assert (report["noise"], report["mixed_clusters"]) == ({"rows": 1, "distinct_phrases": 1}, [])
    assert report["purity"] == 1.0
    assert report["clusters"][0] == {
        "cluster": 0,
        "rows": 5,
        "distinct_phrases": 1,
        "patients": 5,
        "zones": [0, 0, 1, 0, 0, 0],
        "zones_from": "majority",
        "read_by_rules": 4,
        "purity": 1.0,
    }


def test_words_stand_in_the_report_where_they_are_asked_for_alone(tmp_path: Path) -> None:
    labels = label_zones(example(), "clusters", embed)
    silent = write_zone_report(report_zones(labels), tmp_path / "silent.json").read_text()
    assert "left" not in silent
    assert json.loads(silent) == report_zones(labels)
    assert report_zones(labels, show_phrases=True)["clusters"][0]["phrases"] == ["lower left lung."]


def test_the_rules_alone_report_no_clusters() -> None:
    report = report_zones(label_zones(example(), "rules"))
    assert set(report) == {"method", "rows", "agreement"}
    assert report["rows"]["training"] == {"sentences": 9, "clusters": 0, "rules": 7, "unknown": 2}


def test_a_table_gives_zones_by_number_and_names_its_clustering(tmp_path: Path) -> None:
    path = tmp_path / "table.json"
    path.write_text('{"fit": "ab", "4": [0, 0, 1, 0, 0, 0], "0": null}')
    assert read_zone_table(path) == ({4: (0, 0, 1, 0, 0, 0), 0: None}, "ab")
    path.write_text("{}")
    assert read_zone_table(path) == ({}, None)
    with pytest.raises(FileNotFoundError, match="does not exist"):
        read_zone_table(tmp_path / "nowhere.json")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "is not JSON"),
        ("[]", "holds list"),
        ('{"left": null}', "'left': None; allowed"),
        ('{"-1": null}', "'-1': None; allowed"),
        ('{"1": [0, 1]}', r"'1': \[0, 1\]; allowed"),
        ('{"1": [0, 1, 2, 0, 0, 0]}', "allowed: number of a cluster"),
        ('{"fit": 3}', "fit: 3; allowed"),
    ],
)
def test_what_is_no_table_is_said(content: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "table.json"
    path.write_text(content)
    with pytest.raises(ValueError, match=message):
        read_zone_table(path)
