"""Weights are published whole: scored first, then moved into place beside their results."""

from __future__ import annotations

import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch
from monai.bundle import ConfigParser
from tests.bundles.toy_bundles import ROOT, copy_bundle, read, toy_sizes

from textguide.data import read_datalist, split_hash
from textguide.weights import weights_sha256

OLD_RESULTS = {"weights": {}, "training": [], "evaluation": {}, "other": "kept"}


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    import publish_weights

    return publish_weights


@pytest.fixture
def shipped(bundle: Path, tmp_path: Path) -> Path:
    """A copy of the bundle with a configuration of toy size, and old weights and results."""
    copy = copy_bundle(bundle, tmp_path)
    parser = ConfigParser(read(copy, "train"))
    sizes = toy_sizes(copy, parser.get())
    parser.update({key: value for key, value in sizes.items() if not key.startswith("validate#inferer#")})
    (copy / "configs" / "train.json").write_text(json.dumps(parser.get()))
    (copy / "models" / "model.pt").write_bytes(b"old")
    (copy / "docs" / "results.json").write_text(json.dumps(OLD_RESULTS))
    return copy


def content_of(bundle: Path) -> dict[str, bytes]:
    files = [path for place in ("models", "docs") for path in sorted((bundle / place).iterdir())]
    return {path.name: path.read_bytes() for path in files}


def test_the_stored_file_is_the_one_that_was_scored(
    script: ModuleType, shipped: Path, trained: Path, chest: Path, capsys: pytest.CaptureFixture[str]
):
    names = set(content_of(shipped))
    weights = str(trained / "model.pt")
    script.main([str(shipped), weights, "--dataset_dir", str(chest), "--runs", str(trained)])
    results = json.loads((shipped / "docs" / "results.json").read_text())
    hashed = weights_sha256(shipped / "models" / "model.pt")
    assert results["weights"]["sha256"] == results["evaluation"]["weights_sha256"] == hashed
    assert hashed in capsys.readouterr().out
    state = torch.load(shipped / "models" / "model.pt", weights_only=True)
    assert {value.dtype for value in state.values() if value.is_floating_point()} <= {
        torch.float16,
        torch.float32,
    }
    assert torch.float16 in {value.dtype for value in state.values()}
    assert results["evaluation"]["section"] == "validation"
    assert results["evaluation"]["split_sha256"] == split_hash(read_datalist(chest / "datalist.json"))
    assert results["training"][0]["epochs"] == 3
    assert results["other"] == "kept"
    assert hashed in (shipped / "docs" / "README.md").read_text()
    assert set(content_of(shipped)) == names
    assert str(chest) not in json.dumps(results)


@pytest.mark.parametrize("failing", ["evaluate", "store"])
def test_a_failure_leaves_the_bundle_as_it_was(
    script: ModuleType,
    shipped: Path,
    trained: Path,
    chest: Path,
    monkeypatch: pytest.MonkeyPatch,
    failing: str,
):
    def fail(*arguments: Any) -> None:
        raise ValueError("broken off")

    before = content_of(shipped)
    monkeypatch.setattr(script, failing, fail)
    weights = str(trained / "model.pt")
    with pytest.raises(ValueError, match="broken off"):
        script.main([str(shipped), weights, "--dataset_dir", str(chest), "--runs", str(trained)])
    assert content_of(shipped) == before


def test_weights_that_are_too_large_are_refused_and_replace_nothing(
    script: ModuleType, shipped: Path, trained: Path, chest: Path, monkeypatch: pytest.MonkeyPatch
):
    before = content_of(shipped)
    monkeypatch.setattr(script, "LARGEST_COUNT", 10)
    weights = str(trained / "model.pt")
    with pytest.raises(ValueError, match="parameters in .* bytes; allowed are 10 in"):
        script.main([str(shipped), weights, "--dataset_dir", str(chest), "--runs", str(trained)])
    assert content_of(shipped) == before
