from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest
from tests.data.trees import datalist, record

from textguide.data import load_datalist, read_datalist, write_datalist


def test_a_case_in_two_sections_is_neither_written_nor_read(tmp_path: Path) -> None:
    leaking = datalist(training=[record()], validation=[record()])
    path = tmp_path / "datalist.json"
    with pytest.raises(ValueError, match="the case 'a' stands twice"):
        write_datalist(leaking, path)
    path.write_text(json.dumps(leaking))
    with pytest.raises(ValueError, match=r"datalist\.json': the case 'a' stands twice, as training\[0\]"):
        read_datalist(path)


@pytest.mark.parametrize("section", ["training", "validation", "testing"])
def test_nothing_to_learn_from_or_to_score_is_an_error_that_names_the_file(
    tmp_path: Path, section: str
) -> None:
    sections = {"training": [record()], "validation": [record("images/b.png")]} | {section: []}
    write_datalist(datalist(**sections), tmp_path / "datalist.json")
    assert load_datalist(tmp_path, section) == []
    with pytest.raises(ValueError, match=rf"datalist\.json' has no case in {section}; make a datalist"):
        load_datalist(tmp_path, section, supervised=True)


def test_a_further_folder_may_have_nothing_to_add(tmp_path: Path) -> None:
    for name, records in (("films", [record()]), ("more", [])):
        (tmp_path / name).mkdir()
        write_datalist(datalist(training=records), tmp_path / name / "datalist.json")
    assert len(load_datalist(tmp_path / "films", "training", also=[tmp_path / "more"], supervised=True)) == 1


def test_cases_without_a_label_cannot_be_scored_and_are_counted(tmp_path: Path) -> None:
    write_datalist(
        datalist(testing=[record(), record("images/b.png", label=None)]), tmp_path / "datalist.json"
    )
    assert len(load_datalist(tmp_path, "testing")) == 2
    with pytest.raises(ValueError, match=r"1 of 2 cases in testing have no label \(first: 'images/b\.png'\)"):
        load_datalist(tmp_path, "testing", supervised=True)


def test_patients_that_are_in_the_training_too_are_counted_and_not_named(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    shared = record("images/b.png", group_id="somebody")
    write_datalist(
        datalist(training=[record(group_id="somebody")], validation=[shared]), tmp_path / "datalist.json"
    )
    with caplog.at_level(logging.WARNING):
        load_datalist(tmp_path, "training", supervised=True)
        assert caplog.text == ""
        load_datalist(tmp_path, "validation", supervised=True)
    assert "1 groups (patients) of validation are in the training of" in caplog.text
    assert "somebody" not in caplog.text


def test_a_record_knows_its_data_set(tmp_path: Path) -> None:
    write_datalist(datalist(training=[record()]), tmp_path / "datalist.json")
    (loaded,) = load_datalist(tmp_path, "training")
    head = (loaded["dataset"], loaded["modality"], loaded["label_names"])
    assert head == ("toy", "X-ray", "1: lesion")
