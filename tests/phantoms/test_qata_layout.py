from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from textguide.data import check_datalist, qata_datalist
from textguide.phantoms import FAULTS, PHANTOMS, chest_phantom, write_chest_dataset
from textguide.text import parse_report

HOME = "QaTa-COV19/QaTa-COV19-v2"
COUNTS = {"training": 16, "validation": 4, "testing": 3}


@pytest.fixture(scope="module")
def root(tmp_path_factory) -> Path:
    return write_chest_dataset(tmp_path_factory.mktemp("data") / "chest", **COUNTS, size=32, texts="both")


def _faulty(folder: Path, *faults: str) -> tuple[Path, dict[str, str]]:
    root = write_chest_dataset(folder / "chest", training=16, validation=2, testing=1, size=32, faults=faults)
    return root, json.loads((root / "phantom.json").read_text())["faults"]


def _key(name: str) -> str:
    return name.removesuffix(".png").casefold()


def _record(root: Path, name: str, **options) -> dict:
    return next(item for item in qata_datalist(root, **options)["training"] if item["case_id"] == _key(name))


def test_the_layout_is_that_of_the_public_archive(root):
    home = root / HOME
    for part, count in (("Train Set", 20), ("Test Set", 3)):
        images = {path.name for path in (home / part / "Images").iterdir()}
        masks = {path.name for path in (home / part / "Ground-truths").iterdir()}
        assert len(images) == count
        assert masks == {f"mask_{name}" for name in images}
        pattern = r"covid_9\d{4}\.png|sub-S9\d{4}_ses-E9\d{4}_run-1_bp-chest_vp-(ap|pa)_(cr|dx)\.png"
        assert all(re.fullmatch(pattern, name) for name in images)
    mask = Image.open(next((home / "Train Set" / "Ground-truths").iterdir()))
    assert (mask.mode, mask.size) == ("L", (32, 32))
    assert set(np.unique(np.array(mask))) == {0, 255}


def test_the_reader_finds_every_case_in_its_split(root):
    datalist = qata_datalist(root)
    assert {split: len(datalist[split]) for split in COUNTS} == COUNTS
    check_datalist(datalist, root)
    for record in [item for split in COUNTS for item in datalist[split]]:
        assert record["side_convention"] == "image"
        assert (root / record["image"]).is_file()


def test_no_subject_is_in_two_splits(root):
    datalist = qata_datalist(root)
    subjects = [{item["group_id"] for item in datalist[split]} for split in COUNTS]
    assert sum(map(len, subjects)) == len(set().union(*subjects))


def test_names_sort_so_that_the_first_four_fifths_are_training(root):
    """Readers without annotation.json cut the sorted mask names there."""
    from_annotation, from_tables = qata_datalist(root, text="annotation"), qata_datalist(root, text="table")
    for split in COUNTS:
        names = [[item["case_id"] for item in listed[split]] for listed in (from_annotation, from_tables)]
        assert names[0] == names[1]


def test_both_forms_of_text_say_the_same_zones(root):
    tables = {item["case_id"]: item for item in qata_datalist(root, text="table")["training"]}
    for record in qata_datalist(root, text="annotation")["training"]:
        other = tables[record["case_id"]]
        assert other["zones"] == record["zones"] == list(parse_report(record["text"]).zones)
        assert other["text"][0].isupper()
        assert record["text"][0].islower()


def test_workbooks_have_the_keys_and_columns_of_the_public_ones(root):
    openpyxl = pytest.importorskip("openpyxl")
    for name, prefix, count in (("Train_text_for_Covid19", "mask_", 20), ("Test_text_for_Covid19", "", 3)):
        rows = list(openpyxl.load_workbook(root / HOME / f"{name}.xlsx").active.iter_rows(values_only=True))
        assert rows[0] == ("Image", "Description")
        assert len(rows) == 1 + count
        assert all(re.match(rf"{prefix}(covid_|sub-S)", key) for key, _ in rows[1:])


def test_annotation_counts_sides_and_zones_as_the_public_one(root):
    parts = json.loads((root / HOME / "annotation.json").read_text())
    assert {part: len(items) for part, items in parts.items()} == {"train": 16, "valid": 4, "test": 3}
    for item in [item for items in parts.values() for item in items]:
        sides = any(item["pseudo_label"][:3]) + any(item["pseudo_label"][3:])
        assert item["image_path"].startswith("mask_")
        assert item["pulmonary_infection"] == sides
        assert item["infected_area"] == sum(item["pseudo_label"])
        assert item["caption"].startswith(("unilateral", "bilateral")[sides - 1])


def test_the_key_file_redraws_what_was_written(root):
    key = json.loads((root / "phantom.json").read_text())
    options = {name: key[name] for name in ("size", "opacity_probability", "distractor_probability")}
    splits = {item["case_id"]: item for split in COUNTS for item in qata_datalist(root)[split]}
    for film in key["films"][::5]:
        phantom = chest_phantom(film["seed"], film["index"], **options)
        record = splits[_key(film["name"])]
        assert np.array_equal(np.array(Image.open(root / record["image"])), phantom.image)
        assert np.array_equal(np.array(Image.open(root / record["label"])) > 0, phantom.mask)
        assert record["text"] == phantom.text
        assert film["named"] == phantom.named.astype(int).tolist()


def test_splits_and_seeds_share_no_film(root, tmp_path):
    other = write_chest_dataset(tmp_path / "other", **COUNTS, size=32, seed=1)
    drawn = [path.read_bytes() for folder in (root, other) for path in sorted(folder.rglob("Images/*.png"))]
    assert len(set(drawn)) == len(drawn) == 46


@pytest.mark.slow  # each worker imports the package anew
def test_two_workers_draw_the_same_pixels(root, tmp_path):
    other = write_chest_dataset(tmp_path / "parallel", **COUNTS, size=32, workers=2)
    for path in sorted((root / HOME).rglob("*.png")):
        twin = other / path.relative_to(root)
        assert np.array_equal(np.array(Image.open(path)), np.array(Image.open(twin)))


def test_a_folder_that_holds_something_is_refused_and_left_alone(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    for write in PHANTOMS.values():
        with pytest.raises(ValueError, match="is not empty; give a new or an empty folder"):
            write(tmp_path, training=1, validation=0, testing=0, size=32)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_an_empty_folder_is_filled(tmp_path):
    write_chest_dataset(tmp_path, training=1, validation=0, testing=0, size=32)
    assert {path.name for path in tmp_path.iterdir()} == {"QaTa-COV19", "phantom.json"}


def test_a_failed_write_leaves_nothing_behind(tmp_path):
    with pytest.raises(ValueError, match="fault 'rust' is unknown"):
        write_chest_dataset(tmp_path / "chest", training=2, validation=0, testing=0, size=32, faults=["rust"])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"training": -1}, "training is -1"),
        ({"training": 0, "validation": 0, "testing": 0}, "all 0"),
        ({"workers": 0}, "workers is 0"),
        ({"texts": "pdf"}, "texts is 'pdf'"),
        ({"training": 60_000}, "too many"),
        ({"training": 1, "faults": ["typo", "missing_mask"]}, "none of 1 training cases is left"),
    ],
)
def test_an_option_out_of_range_is_named(tmp_path, options, words):
    with pytest.raises(ValueError, match=words):
        write_chest_dataset(
            tmp_path / "chest", size=32, **{"training": 2, "validation": 0, "testing": 0} | options
        )


def test_every_fault_hits_another_training_case(tmp_path):
    _, placed = _faulty(tmp_path, *FAULTS)
    assert list(placed) == list(FAULTS)
    assert len(set(placed.values())) == len(FAULTS)


def test_faults_may_be_one_string_with_commas(tmp_path):
    root = write_chest_dataset(tmp_path / "chest", 4, 0, 0, size=32, faults="typo,double_full_stop")
    assert list(json.loads((root / "phantom.json").read_text())["faults"]) == ["typo", "double_full_stop"]


def test_fault_case_duplicate_is_dropped_by_the_reader(tmp_path):
    root, placed = _faulty(tmp_path, "case_duplicate")
    datalist = qata_datalist(root)
    assert len(datalist["training"]) == 16
    assert len(list((root / HOME / "Train Set" / "Images").iterdir())) == 19
    assert (
        len([p for p in root.rglob("*.png") if p.name.casefold() == placed["case_duplicate"].casefold()]) == 2
    )


def test_fault_contradicting_duplicate_is_an_error_of_the_reader(tmp_path):
    root, _ = _faulty(tmp_path, "contradicting_duplicate")
    with pytest.raises(ValueError, match="differ"):
        qata_datalist(root)


def test_fault_missing_mask_is_an_error_of_the_reader(tmp_path):
    root, placed = _faulty(tmp_path, "missing_mask")
    with pytest.raises(FileNotFoundError, match=_key(placed["missing_mask"])):
        qata_datalist(root)


def test_fault_truncated_image_cannot_be_opened(tmp_path):
    root, placed = _faulty(tmp_path, "truncated_image")
    with pytest.raises(OSError, match="truncated"):
        Image.open(root / HOME / "Train Set" / "Images" / placed["truncated_image"]).load()
    with pytest.raises(ValueError, match=placed["truncated_image"]):
        check_datalist(qata_datalist(root), root)


def test_faults_of_the_sentence_keep_its_zones(tmp_path):
    root, placed = _faulty(tmp_path, "double_full_stop", "typo")
    films = {film["name"]: film for film in json.loads((root / "phantom.json").read_text())["films"]}
    for fault, name in placed.items():
        record, film = _record(root, name), films[name]
        assert record["text"] != chest_phantom(film["seed"], film["index"], size=32).text
        assert record["zones"] == film["named"]
        assert record["text"].endswith("..") == (fault == "double_full_stop")


def test_fault_wrong_side_names_the_lung_without_the_mask(tmp_path):
    root, placed = _faulty(tmp_path, "wrong_side")
    record = _record(root, placed["wrong_side"])
    columns = np.flatnonzero((np.array(Image.open(root / record["label"])) > 0).any(axis=0))
    mask_is_left = columns.mean() < 16
    assert any(record["zones"][3:]) == mask_is_left
    assert any(record["zones"][:3]) != mask_is_left
