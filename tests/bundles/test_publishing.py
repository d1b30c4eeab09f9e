"""Weights are published whole: scored first, then moved into place beside their results."""

from __future__ import annotations

import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch
from monai.bundle import ConfigParser
from tests.bundles.toy_bundles import ROOT, copy_bundle, read, reads_text, toy_sizes, writes_text

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
    """What publishing may change, but for the picture, which a bundle may have or not."""
    files = [path for place in ("models", "docs") for path in sorted((bundle / place).iterdir())]
    files.append(bundle / "configs" / "inference.json")
    return {path.name: path.read_bytes() for path in files if path.name != "stress.png"}


def test_the_stored_file_is_the_one_that_was_scored(
    script: ModuleType, shipped: Path, trained: Path, chest: Path, capsys: pytest.CaptureFixture[str]
):
    names = set(content_of(shipped))
    weights = str(trained / "model.pt")
    command = [str(shipped), weights, "--dataset_dir", str(chest), "--runs", str(trained)]
    script.main([*command, "--stress_cases", "2"])
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
    check_stress_and_calibration(shipped, results)
    script.main([*command, "--stress_cases", "0"])  # the same weights again, without the card
    again = json.loads((shipped / "docs" / "results.json").read_text())
    assert again["weights"] == results["weights"]
    assert again["calibration"] == results["calibration"]
    assert "stress" not in again
    assert not (shipped / "docs" / "stress.png").exists()
    assert "Stress card" not in (shipped / "docs" / "README.md").read_text()


def check_stress_and_calibration(bundle: Path, results: dict[str, Any]) -> None:
    """The numbers are those of the stored file, and stand where they are read."""
    hashed, temperature = results["weights"]["sha256"], results["calibration"]["temperature"]
    assert hashed == results["calibration"]["weights_sha256"] == results["stress"]["weights_sha256"]
    assert read(bundle, "inference")["temperature"] == temperature != 1.0
    fitted_on = "empty" if writes_text(bundle) else "right"  # what most users of the bundle see
    assert results["calibration"]["fitted_on"] == fitted_on
    error = results["calibration"][fitted_on]["log_likelihood_loss"]
    assert error["after"] <= error["before"]
    assert 2 <= results["stress"]["n"] <= results["stress"]["n_section"] == 4
    assert results["stress"]["command"].endswith("--data=DATASET_DIR --cases=2")
    if not reads_text(bundle):
        assert results["stress"]["side_warnings"] == {"right": {"n": 0}, "side_swapped": {"n": 0}}
        assert {found["difference"]["global"]["dice"]["value"] for name, found in
                results["stress"]["conditions"].items() if name != "right"} == {0.0}  # fmt: skip
    card = (bundle / "docs" / "README.md").read_text()
    assert ("### Written reports" in card) == writes_text(bundle)
    assert ("none: the network writes its own" in card) == writes_text(bundle)
    for said in ("### Stress card", "### Calibration", "(stress.png)", "never trained", f"{temperature:.3f}"):
        assert said in card, said
    assert (bundle / "docs" / "stress.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("failing", ["evaluate", "store", "stress"])
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
    if failing == "stress":  # the step before it takes long
        scored = {"evaluation": {}, "calibration": {"temperature": 2.0}}
        monkeypatch.setattr(script, "evaluate", lambda *arguments: scored)
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


def test_the_temperature_is_replaced_in_the_text_alone(script: ModuleType, bundle: Path):
    text = (bundle / "configs" / "inference.json").read_text()
    changed = script.with_temperature(text, 1.375)
    assert json.loads(changed) == json.loads(text) | {"temperature": 1.375}
    assert len(changed.splitlines()) == len(text.splitlines())
    assert script.with_temperature(changed, json.loads(text)["temperature"]) == text
    with pytest.raises(ValueError, match="0 times; once is needed"):
        script.with_temperature("{}", 2.0)
