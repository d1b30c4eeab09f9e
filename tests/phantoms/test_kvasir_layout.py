from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from textguide.data import check_datalist, kvasir_datalist
from textguide.phantoms import FAULTS, polyp_phantom, write_polyp_dataset

COUNTS = {"training": 12, "validation": 3, "testing": 2}
PARTS = {"training": "train", "validation": "val", "testing": "test"}


@pytest.fixture(scope="module")
def root(tmp_path_factory) -> Path:
    return write_polyp_dataset(tmp_path_factory.mktemp("data") / "polyp", **COUNTS, size=64)


def test_the_layout_is_that_of_the_public_archive(root):
    home = root / "Kvasir-SEG"
    names = {path.name for path in (home / "images").iterdir()}
    assert names == {path.name for path in (home / "masks").iterdir()}
    assert len(names) == 17
    assert all(name.startswith("cjuphantom") and len(name) == 25 + len(".jpg") for name in names)
    boxes = json.loads((home / "kavsir_bboxes.json").read_text())
    assert {f"{name}.jpg" for name in boxes} == names
    for split, part in PARTS.items():
        assert len(json.loads((home / "anns" / f"{part}.json").read_text())) == COUNTS[split]


def test_the_reader_finds_every_case_in_its_split(root):
    datalist = kvasir_datalist(root)
    assert {split: len(datalist[split]) for split in COUNTS} == COUNTS
    check_datalist(datalist, root)


@pytest.mark.parametrize("prompt", [f"p{number}" for number in range(10)])
def test_the_reader_finds_every_prompt(root, prompt):
    texts = [item["text"] for item in kvasir_datalist(root, prompt=prompt)["training"]]
    assert all("polyp" in text for text in texts) != (prompt == "p0")


def test_masks_ring_as_jpeg_does_and_threshold_to_the_drawn_mask(root):
    key = json.loads((root / "phantom.json").read_text())
    rings = 0
    for frame in key["frames"]:
        phantom = polyp_phantom(frame["seed"], frame["index"], size=64)
        stored = Image.open(root / "Kvasir-SEG" / "masks" / f"{frame['name']}.jpg")
        assert stored.mode == "RGB"
        values = np.array(stored)[..., 0]
        rings += len(np.setdiff1d(values, [0, 255]))
        assert np.mean((values > 127) != phantom.mask) < 0.002
    assert rings > 100


def test_boxes_hold_the_named_polyps(root):
    home = root / "Kvasir-SEG"
    boxes = json.loads((home / "kavsir_bboxes.json").read_text())
    for record in json.loads((home / "anns" / "train.json").read_text()):
        mask = np.array(Image.open(home / "masks" / record["mask_name"]))[..., 0] > 127
        rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        np.testing.assert_allclose(record["bbox"], [columns[0], rows[0], columns[-1], rows[-1]], atol=1)
        own = boxes[record["segment_id"]]
        assert (own["height"], own["width"]) == mask.shape
        assert len(own["bbox"]) == ["no", "one", "two", "three"].index(record["prompts"]["p6"].split()[0])
        assert record["bbox"][0] == min(box["xmin"] for box in own["bbox"])


def test_faults_are_what_they_say(tmp_path):
    root = write_polyp_dataset(
        tmp_path / "polyp", training=12, validation=0, testing=0, size=32, faults=FAULTS
    )
    home, placed = root / "Kvasir-SEG", json.loads((root / "phantom.json").read_text())["faults"]
    texts = {
        item["segment_id"]: item["prompts"]["p6"]
        for item in json.loads((home / "anns/train.json").read_text())
    }
    frames = json.loads((root / "phantom.json").read_text())["frames"]
    drawn = {f["name"]: polyp_phantom(f["seed"], f["index"], size=32).text for f in frames}
    changed = {name for name in texts if texts[name] != drawn[name]}
    assert changed == {placed[fault] for fault in ("double_full_stop", "typo", "wrong_side")}
    swapped = texts[placed["wrong_side"]]
    assert ("left" in swapped) == ("right" in drawn[placed["wrong_side"]])
    assert not (home / "masks" / f"{placed['missing_mask']}.jpg").exists()
    with pytest.raises(OSError, match="truncated"):
        Image.open(home / "images" / f"{placed['truncated_image']}.jpg").load()
    with pytest.raises(ValueError, match="differ"):
        kvasir_datalist(root)
