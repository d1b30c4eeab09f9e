from __future__ import annotations

import hashlib
import json
import logging
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from monai.data import DataLoader, Dataset
from tests.data.trees import datalist, record, write_image

from textguide.data import (
    check_datalist,
    load_datalist,
    read_datalist,
    split_hash,
    summarize_datalist,
    write_datalist,
)


def many(count: int) -> list[dict[str, Any]]:
    return [record(f"images/case {number}.png") for number in range(count)]


def write_files(root: Path, *records: dict[str, Any], value: int = 0) -> None:
    for item in records:
        write_image(root / item["image"], value)
        if item["label"] is not None:
            write_image(root / item["label"], 255)


def test_the_split_hash_depends_on_neither_order_nor_folders_nor_letter_case() -> None:
    plain = datalist(training=[record("images/a.png"), record("images/b.png")])
    moved = datalist(training=[record("x/y/B.png", case_id="B", group_id="b"), record("images/a.png")])
    assert split_hash(plain) == split_hash(moved)


def test_the_split_hash_is_the_same_on_every_machine_and_in_every_release() -> None:
    plain = datalist(training=[record("images/b.png"), record("images/a.png", zones=[1, 0, 0, 0, 0, 0])])
    lines = (
        '["training", "a", "a", "a text", [1, 0, 0, 0, 0, 0], "image", true, null, null]\n'
        '["training", "b", "b", "a text", null, "image", true, null, null]'
    )
    assert split_hash(plain) == hashlib.sha256(lines.encode()).hexdigest()


@pytest.mark.parametrize(
    "changes", [{"text": "other"}, {"zones": [0] * 6}, {"group_id": "g"}, {"side_convention": "patient"}]
)
def test_the_split_hash_depends_on_what_a_score_depends_on(changes: dict[str, Any]) -> None:
    plain = datalist(training=[record()])
    assert split_hash(plain) != split_hash(datalist(training=[record(**changes)]))
    assert split_hash(plain) != split_hash(datalist(validation=[record()]))


def test_what_is_written_is_read_back_sorted_with_its_hash_and_no_leftover_file(tmp_path: Path) -> None:
    original = datalist(training=[record("images/b.png"), record("images/a.png", text=None)])
    path = write_datalist({**original, "notes": ["one"]}, tmp_path / "datalist.json")
    stored = read_datalist(path)
    assert [item["case_id"] for item in stored["training"]] == ["a", "b"]
    assert stored["split_sha256"] == split_hash(original)
    assert stored["notes"] == ["one"]
    assert os.listdir(tmp_path) == ["datalist.json"]


def test_a_refused_datalist_leaves_the_old_file_as_it_was(tmp_path: Path) -> None:
    path = write_datalist(datalist(training=[record()]), tmp_path / "datalist.json")
    before = path.read_bytes()
    with pytest.raises(ValueError, match="unknown keys"):
        write_datalist(datalist(training=[record(more=1)]), path)
    with pytest.raises(TypeError):
        write_datalist({**datalist(), "labels": {"1": object()}}, path)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["datalist.json"]


def test_a_file_changed_by_hand_is_refused_unless_its_hash_is_removed(tmp_path: Path) -> None:
    path = write_datalist(datalist(training=[record()]), tmp_path / "datalist.json")
    content = json.loads(path.read_text())
    content["training"][0]["text"] = "other"
    path.write_text(json.dumps(content))
    with pytest.raises(ValueError, match="changed after it was written"):
        read_datalist(path)
    del content["split_sha256"]
    path.write_text(json.dumps(content))
    assert read_datalist(path)["training"][0]["text"] == "other"


def test_a_missing_datalist_names_the_command_that_makes_it(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=f"textguide datalist qata {tmp_path}"):
        load_datalist(tmp_path, "training")


def test_a_file_that_is_no_json_or_no_datalist_is_named(tmp_path: Path) -> None:
    path = tmp_path / "datalist.json"
    path.write_text("{")
    with pytest.raises(ValueError, match="datalist.json' is not JSON"):
        read_datalist(path)
    path.write_text("[]")
    with pytest.raises(TypeError, match="datalist.json'"):
        read_datalist(path)


def test_loaded_records_have_absolute_paths_an_empty_text_and_six_nan(tmp_path: Path) -> None:
    write_datalist(datalist(testing=[record(text=None, label=None)]), tmp_path / "datalist.json")
    (loaded,) = load_datalist(tmp_path, "testing")
    assert loaded["image"] == str(tmp_path / "images/a.png")
    assert "label" not in loaded
    assert loaded["text"] == ""
    assert loaded["zones"].shape == (6,)
    assert np.isnan(loaded["zones"]).all()


def test_records_of_the_other_side_are_mirrored_and_keep_what_was_given(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    own = record(text="lower left lung", zones=[0, 0, 1, 0, 0, 0])
    other = record(
        "images/b.png", text="lower right lung", zones=[0, 0, 0, 0, 0, 1], side_convention="patient"
    )
    strange = record("images/c.png", text="unten links", zones=None, side_convention="patient")
    write_datalist(datalist(training=[own, other, strange]), tmp_path / "datalist.json")
    with caplog.at_level(logging.INFO):
        loaded = load_datalist(tmp_path, "training", side_convention="image")
    assert [item["text"] for item in loaded] == ["lower left lung", "lower left lung", ""]
    assert {item["side_convention"] for item in loaded} == {"image"}
    assert loaded[1]["zones"].tolist() == [0, 0, 1, 0, 0, 0]
    assert np.isnan(loaded[2]["zones"]).all()
    assert [item["given_text"] for item in loaded] == [own["text"], other["text"], strange["text"]]
    assert [item["given_side"] for item in loaded] == ["image", "patient", "patient"]
    assert "1 texts whose left and right cannot be converted" in caplog.text
    assert "links" not in caplog.text


def test_without_a_side_convention_all_stays_as_it_is_and_an_unknown_one_is_refused(tmp_path: Path) -> None:
    own = record(text="lower right lung", side_convention="patient")
    write_datalist(datalist(training=[own]), tmp_path / "datalist.json")
    (loaded,) = load_datalist(tmp_path, "training")
    assert (loaded["text"], loaded["side_convention"]) == ("lower right lung", "patient")
    with pytest.raises(ValueError, match="'left'; allowed: image, patient, None"):
        load_datalist(tmp_path, "training", side_convention="left")


def test_a_relative_folder_gives_absolute_paths_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_datalist(datalist(training=[record()]), tmp_path / "datalist.json")
    monkeypatch.chdir(tmp_path)
    assert load_datalist(".", "training")[0]["label"] == str(tmp_path / "labels/a.png")


def test_zones_collate_to_a_batch_of_six_floats(tmp_path: Path) -> None:
    records = [record(), record("images/b.png", zones=[1, 0, 0, 0, 0, 1])]
    write_datalist(datalist(training=records), tmp_path / "datalist.json")
    batch = next(iter(DataLoader(Dataset(load_datalist(tmp_path, "training")), batch_size=2)))
    assert batch["zones"].shape == (2, 6)
    assert batch["zones"].dtype == torch.float32
    assert batch["zones"][1].tolist() == [1, 0, 0, 0, 0, 1]
    assert batch["text"] == ["a text", "a text"]


@pytest.mark.parametrize(
    "text", ["$x + 1", "@a#b", "%c", "#", "'\"\\", "-5", "ä\u202e\n\t", "{}", "x" * 10_000]
)
def test_names_and_texts_are_data_verbatim(tmp_path: Path, text: str) -> None:
    image = f"images/{text[:40]}.png"
    write_datalist(datalist(training=[record(image, text=text)]), tmp_path / "datalist.json")
    (loaded,) = load_datalist(tmp_path, "training")
    assert loaded["text"] == text
    assert loaded["image"] == f"{tmp_path}/{image}"


def test_several_folders_are_joined_in_their_order(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        write_datalist(datalist(training=[record()]), tmp_path / name / "list.json")
    loaded = load_datalist([tmp_path / "two", str(tmp_path / "one")], "training", filename="list.json")
    assert [item["image"] for item in loaded] == [
        f"{tmp_path}/{name}/images/a.png" for name in ("two", "one")
    ]
    with pytest.raises(ValueError, match="empty list"):
        load_datalist([], "training")


def test_an_id_with_half_a_surrogate_pair_has_its_place(tmp_path: Path) -> None:
    records = [record | {"case_id": record["case_id"] + "\udcff"} for record in many(4)]
    write_datalist(datalist(training=records), tmp_path / "datalist.json")
    assert len(load_datalist(tmp_path, "training", fraction=0.5)) == 2


def test_fractions_are_nested_rounded_up_and_no_mere_beginning(tmp_path: Path) -> None:
    write_datalist(datalist(training=many(30)), tmp_path / "datalist.json")
    parts = {
        part: [item["case_id"] for item in load_datalist(tmp_path, "training", fraction=part)]
        for part in (0.1, 0.25, 0.5, 1.0)
    }
    assert [len(part) for part in parts.values()] == [3, 8, 15, 30]
    assert set(parts[0.1]) < set(parts[0.25]) < set(parts[0.5]) < set(parts[1.0])
    assert parts[0.5] == sorted(parts[0.5])
    assert parts[0.5] != parts[1.0][:15]


@pytest.mark.parametrize("fraction", [0.0, -1.0, 1.5, float("nan")])
def test_a_fraction_out_of_range_is_refused(tmp_path: Path, fraction: float) -> None:
    with pytest.raises(ValueError, match="fraction is"):
        load_datalist(tmp_path, "training", fraction=fraction)


def test_an_unknown_section_names_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="'train'; allowed: training, validation, testing"):
        load_datalist(tmp_path, "train")


def test_equal_duplicates_are_dropped_with_a_count_and_leave_training_first(tmp_path: Path) -> None:
    records = (
        record(),
        record("images/A.png"),
        record("other/a.png", label="other/l.png"),
        record("images/b.png"),
    )
    write_files(tmp_path, *records)
    plain = datalist(training=[records[0]], validation=[records[1], records[3]], testing=[records[2]])
    checked = check_datalist(plain, tmp_path)
    assert [checked[section] for section in ("training", "validation", "testing")] == [
        [],
        [records[3]],
        [records[2]],
    ]
    assert checked["notes"] == ["2 duplicates with equal bytes were dropped."]


def test_duplicates_with_other_bytes_or_another_text_are_errors_that_name_the_file(tmp_path: Path) -> None:
    first, second = record(), record("images/A.png", label="labels/a.png")
    write_files(tmp_path, first)
    write_files(tmp_path, second, value=9)
    with pytest.raises(ValueError, match=r"images/[aA]\.png.*differ in their bytes"):
        check_datalist(datalist(training=[first, second]), tmp_path)
    with pytest.raises(ValueError, match=r"images/a\.png' stands twice, with different texts"):
        check_datalist(datalist(training=[first, {**first, "text": "other"}]), tmp_path)


def test_a_missing_and_a_broken_file_are_named(tmp_path: Path) -> None:
    write_files(tmp_path, record())
    (tmp_path / "labels/a.png").unlink()
    with pytest.raises(FileNotFoundError, match=r"labels/a\.png"):
        check_datalist(datalist(training=[record()]), tmp_path)
    write_files(tmp_path, record())
    (tmp_path / "images/a.png").write_bytes((tmp_path / "images/a.png").read_bytes()[:-8])
    with pytest.raises(ValueError, match=r"images/a\.png"):
        check_datalist(datalist(training=[record()]), tmp_path)


def test_a_label_of_another_size_is_noted(tmp_path: Path) -> None:
    write_files(tmp_path, record())
    write_image(tmp_path / "labels/a.png", 255, size=(6, 8))
    checked = check_datalist(datalist(training=[record()]), tmp_path)
    assert checked["notes"] == ["1 images differ in size from their label, the first: images/a.png."]


def test_the_summary_counts_records_and_patients_on_two_sides() -> None:
    shared = datalist(training=many(3), testing=[record("images/z.png", group_id="case 1")], notes=["a note"])
    summary = summarize_datalist(shared)
    assert "toy: training 3, validation 0, testing 1" in summary
    assert "training/validation 0, training/testing 1, validation/testing 0" in summary
    assert "note: a note" in summary
    assert split_hash(shared) in summary
