"""The weights that a bundle ships: small, safe to load, and the ones its card speaks of."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
import torch
from monai.bundle import ConfigParser
from tests.bundles.toy_bundles import read, reads_text, writes_text
from torch import Tensor, nn

from textguide.weights import load_weights

LARGEST_FILE = 8 * 2**20
MOST_PARAMETERS = 4_000_000


@pytest.fixture(scope="module")
def weights(bundle: Path) -> dict[str, Tensor]:
    return torch.load(bundle / "models" / "model.pt", map_location="cpu", weights_only=True)


@pytest.fixture(scope="module")
def network(bundle: Path) -> nn.Module:
    return ConfigParser(read(bundle, "inference")).get_parsed_content("network_def")


@pytest.fixture(scope="module")
def results(bundle: Path) -> dict[str, Any]:
    return json.loads((bundle / "docs" / "results.json").read_text(encoding="utf-8"))


def test_the_network_is_compact(network: nn.Module):
    assert sum(parameter.numel() for parameter in network.parameters()) <= MOST_PARAMETERS


def test_the_weights_are_finite_halves_but_for_the_statistics_of_batch_norm(weights: dict[str, Tensor]):
    floats = {name: weight for name, weight in weights.items() if weight.is_floating_point()}
    assert all(torch.isfinite(weight).all() for weight in floats.values())
    kinds = {
        name: torch.float32 if name.endswith(("running_mean", "running_var")) else torch.float16
        for name in floats
    }
    assert {name: weight.dtype for name, weight in floats.items()} == kinds


def test_the_file_is_small_and_fits_the_network_strictly(bundle: Path, network: nn.Module):
    path = bundle / "models" / "model.pt"
    assert path.stat().st_size <= LARGEST_FILE
    load_weights(network, path)


def test_the_card_speaks_of_this_file(bundle: Path, results: dict[str, Any]):
    path = bundle / "models" / "model.pt"
    hashed = hashlib.sha256(path.read_bytes()).hexdigest()
    assert results["weights"]["sha256"] == results["evaluation"]["weights_sha256"] == hashed
    assert results["weights"]["bytes"] == path.stat().st_size
    assert hashed in (bundle / "docs" / "README.md").read_text(encoding="utf-8")


def test_temperature_and_stress_card_are_those_of_this_file(bundle: Path, results: dict[str, Any]):
    calibration = results.get("calibration", {"temperature": 1.0})
    assert read(bundle, "inference")["temperature"] == calibration["temperature"]
    hashes = {results[part]["weights_sha256"] for part in ("calibration", "stress") if part in results}
    assert hashes <= {results["weights"]["sha256"]}
    assert (bundle / "docs" / "stress.png").is_file() == ("stress" in results)


def test_the_mask_follows_the_sentence_of_a_bundle_that_reads(bundle: Path, results: dict[str, Any]):
    """Trained, not random: the right sentence scores far above another film's, or no sentence counts."""
    scores = {
        condition: found["global"]["dice"]["value"]
        for condition, found in results["evaluation"]["conditions"].items()
    }
    own = {"unguided"} if writes_text(bundle) else set()
    assert set(scores) == {"right", "empty", "shuffled", "side_swapped"} | own
    if reads_text(bundle):
        assert scores["right"] > scores["shuffled"] + 0.05
        assert scores["right"] > scores["side_swapped"]
    else:
        assert set(scores.values()) == {scores["right"]}
        assert scores["right"] > 0.5
