from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from monai.transforms import Compose, LoadImaged
from PIL import Image, ImageOps

from textguide.data.image import FilmReader
from textguide.text import parse_report
from textguide.transforms import RandMirrorTextd

KEYS = ["image", "label"]
SENTENCES = {
    "unilateral pulmonary infection, two infected areas, upper lower left lung.": (
        "unilateral pulmonary infection, two infected areas, upper lower right lung."
    ),
    "Bilateral pulmonary infection, four infected areas, all left lung and lower right lung.": (
        "Bilateral pulmonary infection, four infected areas, lower left lung and all right lung."
    ),
    "Consolidation in the left lower zone": "Consolidation in the right lower zone",
    "opacity at both bases": "opacity at both bases",
    "": "",
    " \n": " \n",
}


def toy_record(text: str | None, zones=(1, 0, 1, 0, 0, 0)) -> dict:
    torch.manual_seed(0)
    return {
        "image": torch.randn(3, 5, 4),
        "label": (torch.rand(1, 5, 4) > 0.5).float(),
        "text": text,
        "zones": np.asarray(zones, np.float32),
        "case_id": "case",
    }


def assert_same(one: dict, other: dict) -> None:
    assert one.keys() == other.keys()
    for key, value in one.items():
        same = value == other[key]
        assert same if isinstance(same, bool) else same.all(), key


@pytest.mark.parametrize(("text", "mirrored"), SENTENCES.items())
def test_image_label_sentence_and_zones_move_together(text, mirrored):
    record = toy_record(text)
    found = RandMirrorTextd(KEYS, prob=1.0)(record)
    for key in KEYS:
        assert torch.equal(found[key], record[key][:, [4, 3, 2, 1, 0]])
    assert found["text"] == mirrored
    assert found["zones"].tolist() == [0, 0, 0, 1, 0, 1]
    assert found["zones"].dtype == np.float32
    assert found["case_id"] == "case"
    assert_same(record, toy_record(text))  # the record itself, which may lie in a cache, is untouched


def test_the_zones_stay_what_the_sentence_says():
    text = "unilateral pulmonary infection, two infected areas, upper lower left lung."
    found = RandMirrorTextd(KEYS, prob=1.0)(toy_record(text, parse_report(text).zones))
    assert tuple(found["zones"]) == parse_report(found["text"]).zones == (0, 0, 0, 1, 0, 1)


@pytest.mark.parametrize("text", [*SENTENCES, None])
def test_mirroring_twice_gives_the_record_back(text):
    mirror = RandMirrorTextd(KEYS, prob=1.0)
    assert_same(mirror(mirror(toy_record(text))), toy_record(text))


@pytest.mark.parametrize(
    "text", ["UL opacity", "opacity lfet, right clear", "linkes Unterfeld", "dextrocardia"]
)
def test_where_the_sentence_cannot_be_mirrored_nothing_is(text):
    assert_same(RandMirrorTextd(KEYS, prob=1.0)(toy_record(text)), toy_record(text))


def test_zones_that_are_not_known_stay_so():
    found = RandMirrorTextd(KEYS, prob=1.0)(toy_record("left lung", zones=[math.nan] * 6))
    assert np.isnan(found["zones"]).all()
    assert found["zones"].shape == (6,)
    assert found["text"] == "right lung"


def test_a_record_without_text_or_zones_is_mirrored_too():
    record = {key: toy_record("")[key] for key in KEYS}
    found = RandMirrorTextd(KEYS, prob=1.0)(record)
    assert found.keys() == record.keys()
    assert torch.equal(found["image"], record["image"].flip(1))
    with pytest.raises(KeyError, match="label"):
        RandMirrorTextd(KEYS, prob=1.0)({"image": record["image"]})
    assert RandMirrorTextd(KEYS, prob=1.0, allow_missing_keys=True)({"image": record["image"]}).keys() == {
        "image"
    }


def test_the_literal_setting_of_published_recipes_leaves_the_sentence():
    record = toy_record("UL opacity in the left lung")
    found = RandMirrorTextd(KEYS, prob=1.0, rewrite_text=False)(record)
    assert torch.equal(found["image"], record["image"].flip(1))
    assert found["text"] == record["text"]
    assert np.array_equal(found["zones"], record["zones"])


@pytest.mark.parametrize("prob", [0.0, 0.3, 1.0])
def test_it_mirrors_as_often_as_asked(prob):
    mirror = RandMirrorTextd(KEYS, prob=prob).set_random_state(seed=0)
    record = toy_record("left lung")
    mirrored = [mirror(record)["text"] == "right lung" for _ in range(1000)]
    assert np.mean(mirrored) == pytest.approx(prob, abs=0.05 if 0 < prob < 1 else 0)


def test_left_in_a_file_is_the_first_half_of_the_array_and_the_mirror_turns_the_picture(tmp_path):
    """A picture whose left half is white and whose top right corner is grey, as a viewer shows it."""
    picture = np.zeros((6, 10), np.uint8)  # rows, columns
    picture[:, :5] = 255
    picture[0, 9] = 100
    Image.fromarray(picture).save(tmp_path / "film.png")
    load = LoadImaged(keys="image", reader=FilmReader(), image_only=True)
    record = load({"image": tmp_path / "film.png", "text": "left lung"})
    assert record["image"].shape == (1, 10, 6)
    assert (record["image"][0, :5] == 255).all()
    mirrored = Compose([RandMirrorTextd("image", prob=1.0)])(record)
    shown = mirrored["image"][0].numpy().T.astype(np.uint8)
    assert np.array_equal(shown, np.asarray(ImageOps.mirror(Image.open(tmp_path / "film.png"))))
    assert mirrored["text"] == "right lung"
