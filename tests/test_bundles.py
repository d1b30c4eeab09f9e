"""The bundles hold together: every key is read, every override meets something, what should agree agrees."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from tests.bundles.toy_bundles import BUNDLES, build, content, overlays, read, reads_text, writes_text

from textguide.cli.config_reading import (
    READ_OF_INFERENCE,
    addresses,
    dangling,
    expressions,
    is_read,
    misfits,
    nodes,
    unread,
)
from textguide.phantoms import chest_phantom

LINES = {"train": 140, "inference": 70, "evaluate": 40, "multi_gpu_train": 40}
AGREE = ("network_def", "tokenizer", "max_length", "channels", "spatial_size", "side_convention")

every_bundle = pytest.mark.parametrize("bundle", BUNDLES, ids=lambda path: path.name)


def file(bundle: Path, name: str) -> dict[str, Any]:
    """A config file as it stands, `a#b` keys and all."""
    return json.loads((bundle / "configs" / f"{name}.json").read_text(encoding="utf-8"))


def combinations(bundle: Path) -> list[tuple[str, ...]]:
    """Every way in which the config files are run."""
    on_train = ("evaluate", "multi_gpu_train", "paper", *overlays(bundle))
    return [("train",), ("inference",), *(("train", name) for name in on_train)]


def rows(bundle: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for table, named in file(bundle, "ablations")["tables"].items():
        for row, overrides in named.items():
            yield f"{table}: {row}", overrides


@every_bundle
def test_every_key_is_read(bundle: Path):
    assert unread(read(bundle, "train")) == []
    assert unread(read(bundle, "inference"), READ_OF_INFERENCE) == []


@every_bundle
@pytest.mark.parametrize("name", ["evaluate", "multi_gpu_train"])
def test_every_key_of_a_difference_is_read(bundle: Path, name: str):
    merged = read(bundle, "train", name)
    assert [key for key in file(bundle, name) if not is_read(merged, key)] == []


@every_bundle
def test_every_override_of_an_overlay_meets_something(bundle: Path):
    train = read(bundle, "train")
    lost = {
        name: [key for key in file(bundle, name) if not addresses(train, key)]
        for name in ("paper", *overlays(bundle))
    }
    ablations = file(bundle, "ablations")
    base = read(bundle, "train", *(name.removesuffix(".json") for name in ablations["overlays"]))
    lost |= {
        row: [key for key in given if key != "conditions" and not addresses(base, key)]
        for row, given in rows(bundle)
    }
    assert {where: keys for where, keys in lost.items() if keys} == {}


@every_bundle
def test_every_component_takes_its_arguments(bundle: Path):
    for names in combinations(bundle):
        config = read(bundle, *names)
        assert misfits(config) + dangling(config) == [], names


@every_bundle
def test_ablations_say_overlays_and_tables_and_nothing_else(bundle: Path):
    ablations = file(bundle, "ablations")
    assert set(ablations) == {"overlays", "tables"}
    assert {name.removesuffix(".json") for name in ablations["overlays"]} <= set(overlays(bundle))
    assert all(isinstance(overrides, dict) for _, overrides in rows(bundle))


@every_bundle
def test_a_row_is_scored_under_one_of_the_conditions_of_the_evaluation(bundle: Path):
    known = file(bundle, "evaluate")["conditions"]
    named = [overrides.get("conditions", ["right"]) for _, overrides in rows(bundle)]
    assert {len(conditions) for conditions in named} == {1}
    assert {condition for (condition,) in named} <= set(known)


@every_bundle
def test_configs_are_short_and_hold_little_python(bundle: Path):
    files = {path: path.read_text(encoding="utf-8") for path in (bundle / "configs").glob("*.json")}
    lines = {path.stem: len(text.splitlines()) for path, text in files.items()}
    assert {name: count for name, count in lines.items() if count > LINES.get(name, 140)} == {}
    python = {path.stem: len(expressions(json.loads(text))) for path, text in files.items()}
    assert {name: count for name, count in python.items() if count > 10} == {}


@every_bundle
def test_no_key_holds_a_prompt(bundle: Path):
    for path in (bundle / "configs").glob("*.json"):
        keys = {key.split("::")[-1] for key, _ in nodes(json.loads(path.read_text()))}
        assert not keys & {"prompt", "prompts", "text", "texts", "sentence", "report"}, path.name


@every_bundle
@pytest.mark.parametrize("name", ["evaluate", "multi_gpu_train"])
def test_this_file_is_the_same_in_all_bundles(bundle: Path, name: str):
    """But for one text condition: a network that writes its own sentence is also scored without."""
    expected = file(BUNDLES[0], name)
    if name == "evaluate" and writes_text(bundle):
        expected["conditions"].append("unguided")
    assert file(bundle, name) == expected


@every_bundle
def test_the_handlers_of_a_training_are_the_same_in_all_bundles(bundle: Path):
    """But for those of a method's own: a warm-up of one of its losses."""
    own = {"textguide.handlers.ContrastiveWarmUp"}
    expected = read(BUNDLES[0], "train")["train"]["handlers"]
    found = [h for h in read(bundle, "train")["train"]["handlers"] if h["_target_"] not in own]
    assert found == expected


@every_bundle
def test_inference_and_training_describe_one_network_and_one_input(bundle: Path):
    train, inference = read(bundle, "train"), read(bundle, "inference")
    assert {key: inference.get(key) for key in AGREE} == {key: train.get(key) for key in AGREE}
    assert train["side_convention"] == file(bundle, "metadata")["side_convention"]


@every_bundle
def test_every_datalist_is_read_in_the_side_convention_of_the_bundle(bundle: Path):
    for names in combinations(bundle):
        loaders = [
            value
            for _, value in nodes(read(bundle, *names))
            if isinstance(value, dict) and value.get("_target_") == "textguide.data.load_datalist"
        ]
        assert loaders
        assert {loader.get("side_convention") for loader in loaders} == {"@side_convention"}, names


@every_bundle
def test_inference_prepares_a_film_as_the_validation_does(bundle: Path, tmp_path: Path):
    film = chest_phantom(seed=3, index=0, size=160)
    Image.fromarray(film.image[:, :120]).save(tmp_path / "film.png")
    Image.fromarray(np.uint8(255) * (film.mask[:, :120] > 0)).save(tmp_path / "mask.png")
    record = {"image": str(tmp_path / "film.png"), "text": film.text, "zones": np.zeros(6, np.float32)}
    sizes = {"spatial_size": [48, 56]}
    validation = content(build(bundle, "train", **sizes), "validate#preprocessing")
    inference = content(build(bundle, "inference", **sizes), "preprocessing")
    expected = validation(record | {"label": str(tmp_path / "mask.png")})
    found = inference(dict(record))
    for key in ("image", "input_ids", "attention_mask"):
        np.testing.assert_allclose(np.asarray(found[key]), np.asarray(expected[key]), atol=1e-5, err_msg=key)


@every_bundle
def test_vocabulary_sizes_are_the_tokenizers(bundle: Path):
    for name in ("train", "inference"):
        workflow = build(bundle, name)
        length = len(content(workflow, "tokenizer"))
        sizes = {key: value for key, value in nodes(read(bundle, name)) if key.endswith("vocab_size")}
        assert bool(sizes) == reads_text(bundle)
        assert set(sizes.values()) <= {length}, sizes


def test_the_reading_of_configs_sees_planted_faults():
    """The checks above can fail: a dead key, a chain of dead keys, a misspelled argument, a lost override."""
    config = {
        "imports": ["$import os"],
        "rate": 0.1,
        "width": 3,
        "train": {"layer": {"_target_": "torch.nn.Linear", "in_features": "@width", "out_features": 1}},
        "run": ["$print(@train#layer, @rate)"],
    }
    assert unread(config) == []
    assert misfits(config) == []
    assert unread(config | {"dead": "@dying", "dying": 1}) == ["dead", "dying"]
    assert unread(config, ["rate"]) == []
    nested = copy.deepcopy(config)
    nested["train"]["handlers"] = []
    assert unread(nested) == ["train::handlers"]
    nested["train"]["layer"]["in_featurse"] = 1
    assert len(misfits(nested)) == 1
    assert dangling(config) == []
    nested["train"]["layer"]["bias"] = "@nowhere#x"
    assert dangling(nested) == ["train#layer#bias refers to @nowhere#x, which is not there"]
    assert addresses(config, "train#layer#bias")
    assert addresses(config, "rate")
    assert not addresses(config, "train#layer#bais")
    assert not addresses(config, "train#optimizer")
    assert not addresses(config, "rates")
