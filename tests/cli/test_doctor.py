from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from tests.toy_bundle import METADATA, make_toy_bundle

from textguide.cli import main
from textguide.weights import weights_sha256

TRAIN = {
    "rate": 0.1,
    "layer": {"_target_": "torch.nn.Linear", "in_features": 1, "out_features": 1},
    "run": ["$print(@layer, @rate)"],
}


def write_config(path: Path, name: str, content: dict[str, Any]) -> None:
    (path / "configs" / f"{name}.json").write_text(json.dumps(content))


def write_results(path: Path, sha256: str) -> None:
    (path / "docs").mkdir(exist_ok=True)
    (path / "docs" / "results.json").write_text(json.dumps({"weights": {"sha256": sha256}}))


def test_doctor_finds_what_is_wrong_with_a_bundle(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = make_toy_bundle(
        tmp_path / "toy",
        unread=3,
        chain="@unread",
        lost="@nowhere#x",
        odd={"_target_": "nowhere.Thing", "x": "@odd2"},
        side_convention="patient",
    )
    misspelled = {**TRAIN["layer"], "in_featurse": 1}
    write_config(path, "train", TRAIN | {"nested": {"used": 1, "dead": 2}, "second": misspelled})
    write_config(path, "evaluate", {"surplus": 1, "conditions": ["right"]})
    write_config(path, "paper", {"layer#bais": False, "layer#bias": False})
    row = {"raet": 1, "conditions": ["empty"]}
    write_config(path, "ablations", {"overlays": [], "tables": {"T": {"row": row}}})
    write_results(path, "0" * 64)
    assert main(["doctor", str(path)]) == 1
    printed = capsys.readouterr().out
    for problem in (
        "inference: nothing reads the key unread",
        "inference: nothing reads the key chain",
        "inference: lost refers to @nowhere#x",
        "inference: odd: there is no nowhere.Thing",
        "inference: odd#x refers to @odd2",
        "inference: its side_convention is not that of the metadata",
        "train: nothing reads the key nested",
        "train: second: torch.nn.Linear: got an unexpected keyword argument 'in_featurse'",
        "train + evaluate: nothing reads the key surplus",
        "train + paper: the override layer#bais meets nothing",
        "ablations: the override raet meets nothing",
        "the weights are not those of docs/results.json, which names the sha256 000",
    ):
        assert f"problem: {problem}" in printed
    assert "the override layer#bias" not in printed
    assert "the override conditions" not in printed
    (path / "models" / "model.pt").unlink()
    (path / "configs" / "train.json").write_text("{")
    (path / "configs" / "metadata.json").unlink()
    assert main(["doctor", str(path)]) == 1
    printed = capsys.readouterr().out
    assert "problem: train.json is not JSON" in printed
    assert "problem: metadata.json is missing" in printed


def test_doctor_is_content_with_a_sound_bundle(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = make_toy_bundle(tmp_path / "toy", metadata=METADATA | {"monai_version": "0.1"})
    write_config(path, "train", TRAIN)
    write_config(path, "paper", {"rate": 0.2})
    write_results(path, weights_sha256(path / "models" / "model.pt"))
    assert main(["doctor", str(path)]) == 0
    printed = capsys.readouterr().out
    assert "weights load strictly" in printed
    assert "the weights are those of docs/results.json" in printed
    assert "tested with monai 0.1" in printed
    assert printed.endswith("ready\n")
    (path / "docs" / "results.json").unlink()
    (path / "configs" / "train.json").unlink()
    (path / "configs" / "paper.json").unlink()
    assert main(["doctor", str(path)]) == 0
    printed = capsys.readouterr().out
    assert "no docs/results.json" in printed
    assert "it cannot be trained" in printed


def test_doctor_sees_weights_that_are_not_finite(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = make_toy_bundle(tmp_path / "toy")
    state = torch.load(path / "models" / "model.pt", weights_only=True)
    torch.save({**state, "brightness": torch.tensor(float("inf"))}, path / "models" / "model.pt")
    assert main(["doctor", str(path)]) == 1
    printed = capsys.readouterr().out
    assert "problem: inference does not load: the weights" in printed
    assert "1 of 2 tensors hold values that are not finite (first: brightness)" in printed
