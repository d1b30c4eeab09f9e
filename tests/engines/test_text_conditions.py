from __future__ import annotations

import numpy as np
import pytest
from monai.data import CacheDataset, Dataset
from monai.transforms import Compose, Lambdad, RandFlipd

from textguide.engines import RetextedDataset, condition_texts
from textguide.engines.text_conditions import meaning, shuffled_donors

LEFT = "Unilateral pulmonary infection, one infected area, lower left lung."
RIGHT = "Unilateral pulmonary infection, one infected area, lower right lung."
ZONES = {"a": [1, 0, 0, 0, 0, 0], "b": [0, 0, 0, 0, 0, 1], "c": [1, 1, 1, 1, 1, 1]}


def records(groups: str) -> list[dict]:
    return [
        {"text": f"{letter}, case {number}", "zones": ZONES[letter]} for number, letter in enumerate(groups)
    ]


def test_right_and_empty_are_what_they_say():
    items = [{"text": LEFT, "zones": None}, {"text": None, "zones": None}]
    assert condition_texts("right", items) == [LEFT, ""]
    assert condition_texts("empty", items) == ["", ""]


@pytest.mark.parametrize("groups", ["abc" * 9, "a" * 5 + "b" * 3 + "c" * 2, "aabb", "a" * 20 + "bc" * 10])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_shuffled_text_is_a_permutation_and_of_another_zone_set(groups, seed):
    items = records(groups)
    texts = condition_texts("shuffled", items, seed)
    assert sorted(texts) == sorted(item["text"] for item in items)
    assert all(text[0] != item["text"][0] for text, item in zip(texts, items, strict=True))
    assert texts == condition_texts("shuffled", items, seed)


def test_the_seed_chooses_among_many_permutations_and_mixes_the_groups():
    items = records("abc" * 20)
    drawn = {tuple(condition_texts("shuffled", items, seed)) for seed in range(5)}
    assert len(drawn) == 5
    of_a = {
        text[0]
        for text, item in zip(condition_texts("shuffled", items), items, strict=True)
        if item["text"][0] == "a"
    }
    assert of_a == {"b", "c"}


def test_where_one_zone_set_is_the_most_frequent_by_far_texts_are_reused():
    items = records("a" * 8 + "b" * 2)
    texts = condition_texts("shuffled", items)
    assert all(text[0] != item["text"][0] for text, item in zip(texts, items, strict=True))


def test_a_single_zone_set_cannot_be_shuffled():
    assert shuffled_donors(["a"] * 4, seed=0).tolist() == [0, 1, 2, 3]
    assert shuffled_donors([], seed=0).tolist() == []


@pytest.mark.parametrize("unknown", [None, np.full(6, np.nan, dtype=np.float32)])
def test_unknown_zones_are_told_apart_by_their_text(unknown):
    items = [
        {"text": text, "zones": unknown} for text in ("one polyp", "One polyp ", "two polyps", "three polyps")
    ]
    assert meaning(items[0]) == meaning(items[1]) != meaning(items[2])
    texts = condition_texts("shuffled", items)
    assert not {texts[0], texts[1]} & {"one polyp", "One polyp "}


def test_sides_are_swapped_and_what_cannot_be_parsed_stays():
    unclear = "left for dead, right as rain"
    texts = condition_texts(
        "side_swapped", [{"text": LEFT}, {"text": RIGHT}, {"text": "one polyp"}, {"text": unclear}]
    )
    assert texts[:3] == [RIGHT, LEFT, "one polyp"]


def test_an_unknown_condition_is_refused():
    with pytest.raises(ValueError, match="right, empty, shuffled, side_swapped"):
        condition_texts("wrong", [])


class Words(Lambdad):
    """A stand-in for the tokeniser."""

    def __init__(self) -> None:
        super().__init__(keys="text", func=str)

    def __call__(self, data):
        return {**data, "words": len(data["text"].split())}


def test_other_texts_make_other_tokens_of_images_decoded_once():
    decoded = []
    load = Lambdad(keys="image", func=lambda name: decoded.append(name) or name.upper())
    dataset = CacheDataset(
        [{"image": "x", "text": "a b"}, {"image": "y", "text": "c"}], Compose([load, Words()]), progress=False
    )
    assert [item["words"] for item in dataset] == [2, 1]
    for texts, expected in ((["", "d e f"], [0, 3]), (["a b", "c"], [2, 1])):
        items = list(map(RetextedDataset(dataset, texts).__getitem__, range(2)))
        assert [item["words"] for item in items] == expected
        assert [item["image"] for item in items] == ["X", "Y"]
    assert sorted(decoded) == ["x", "y"]
    assert dataset[0]["text"] == "a b"


def test_a_random_or_forgetful_pipeline_is_refused():
    data = [{"image": "x", "text": "a"}]
    with pytest.raises(ValueError, match="RandFlipd is random"):
        RetextedDataset(Dataset(data, Compose([RandFlipd(keys="image")])), ["a"])
    forgetful = Dataset(data, Compose([lambda item: {"image": item["image"]}]))
    with pytest.raises(ValueError, match="must keep `text`"):
        RetextedDataset(forgetful, ["a"])[0]
    with pytest.raises(ValueError, match="2 texts for 1 items"):
        RetextedDataset(forgetful, ["a", "b"])
