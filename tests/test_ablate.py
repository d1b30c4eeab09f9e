"""scripts/ablate.py: which trainings the tables come down to, that each runs once, and what is written."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from monai.bundle import ConfigParser, ConfigWorkflow
from monai.utils import set_determinism
from tests.bundles.toy_bundles import ROOT, copy_bundle, read, toy_sizes

from textguide.data import make_datalist
from textguide.phantoms import write_polyp_dataset

SOURCE = ROOT / "bundles" / "tmca_segmentation"
HALF, WHOLE = {"data_fraction": 0.5}, {"data_fraction": 0.75}
TABLES = {"Table 2": {"TMCA": {}, "half": HALF}, "Table 4": {"three quarters": WHOLE, "100 %": {}}}
RESULTS = {"weights": {"parameters": 1, "bytes": 1, "sha256": "0"}, "training": []}


@pytest.fixture(autouse=True)
def scripts(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The scripts can be imported; the seed of a configuration does not outlive its test."""
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    yield
    set_determinism(seed=None)


@pytest.fixture
def ablate(scripts: None) -> ModuleType:
    import ablate

    return ablate


@pytest.fixture(scope="module")
def polyps(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_polyp_dataset(
        tmp_path_factory.mktemp("polyp") / "frames", training=4, validation=2, testing=1, size=32
    )
    make_datalist("kvasir", folder)
    return folder


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """A copy of a bundle with four rows in two tables, of which three are different."""
    copy = copy_bundle(SOURCE, tmp_path)
    path = copy / "configs" / "ablations.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"tables": TABLES}))
    return copy


Runner = Callable[[Path, Path, Callable[[], None]], None]


def pretend(trained: list[dict[str, Any]], broken: tuple[Any, ...] = ()) -> Runner:
    """A runner that leaves what a training and an evaluation leave; `broken` data fractions fail."""

    def run_bundle(bundle: Path, config: Path, watch: Callable[[], None]) -> None:
        settings, folder = json.loads(config.read_text()), config.parent
        value = 0.5 + settings["data_fraction"] / 4 + settings["seed"] / 10
        score = {"value": value, "low": value - 0.1, "high": value + 0.1}
        if config.name == "evaluate.json":
            scores = {protocol: dict.fromkeys(("dice", "iou"), score) for protocol in ("global", "per_image")}
            conditions = dict.fromkeys(settings["conditions"], scores)
            report = {
                "section": "validation",
                "dataset": "polyps",
                "n": 2,
                "groups": 2,
                "split_sha256": "5" * 64,
            }
            (folder / "evaluation.json").write_text(json.dumps(report | {"conditions": conditions}))
            return
        trained.append(settings)
        if settings["data_fraction"] in broken:
            raise RuntimeError("ValueError: broken")
        start = {"command": "", "images": 4, "device": "cpu", "versions": {}}
        (folder / "run.json").write_text(json.dumps([start]))
        (folder / "train.csv").write_text("epoch,val_global_dice,seconds\n1,0.1,60\n2,0.2,60\n")
        watch()

    return run_bundle


def start(ablate: ModuleType, bundle: Path, data: Path, *words: str) -> list[str]:
    output = bundle.parent / "out"
    return ablate.main([str(bundle), "--dataset_dir", str(data), "--output", str(output), *words])


def written(bundle: Path) -> dict[str, Any]:
    return json.loads((bundle.parent / "out" / "results.json").read_text())


def test_an_override_that_cannot_be_meant_is_refused_before_anything_runs(
    ablate: ModuleType, bundle: Path, polyps: Path
):
    with pytest.raises(ValueError, match="the training has no 'epoch'"):
        start(ablate, bundle, polyps, "--", "--epoch=3")
    assert not (bundle.parent / "out").exists()


def test_each_different_row_runs_once_with_each_seed_and_all_that_was_given(
    ablate: ModuleType, bundle: Path, polyps: Path, monkeypatch: pytest.MonkeyPatch
):
    trained: list[dict[str, Any]] = []
    monkeypatch.setattr(ablate, "run_bundle", pretend(trained))
    assert start(ablate, bundle, polyps, "--seeds", "0", "1", "--", "--epochs", "2") == []
    assert [(run["seed"], run["data_fraction"]) for run in trained] == [
        (seed, fraction) for seed in (0, 1) for fraction in (1.0, 0.5, 0.75)
    ]
    assert {(run["epochs"], run["resume"], run["channels"]) for run in trained} == {(2, True, 3)}
    results = written(bundle)
    assert results["tables"]["Table 2"]["TMCA"] == results["tables"]["Table 4"]["100 %"]
    assert (results["n"], results["epochs"], results["seeds"]) == (2, 2, [0, 1])
    assert [run["minutes"] for row in results["rows"] for run in row["runs"]] == [2.0] * 6
    assert str(polyps.parent) not in json.dumps(results)
    text = (bundle.parent / "out" / "results.md").read_text()
    assert "n = 2 images, split" in text
    assert "| TMCA | 0.800 ± 0.071 |" in text
    assert text.count("0.800 ± 0.071") == 8  # the row stands in both tables, with four scores each


def test_rows_that_differ_in_their_text_condition_share_one_training(
    ablate: ModuleType, bundle: Path, polyps: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):  # fmt: skip
    path = bundle / "configs" / "ablations.json"
    table = {"own": {}, "empty": {"conditions": ["empty"]}, "half": HALF | {"conditions": ["empty"]}}
    path.write_text(json.dumps(json.loads(path.read_text()) | {"tables": {"Table 2": {"own": {}}}}))
    trained: list[dict[str, Any]] = []
    monkeypatch.setattr(ablate, "run_bundle", pretend(trained))
    start(ablate, bundle, polyps)
    path.write_text(json.dumps(json.loads(path.read_text()) | {"tables": {"Table 2": table}}))
    assert start(ablate, bundle, polyps) == []  # scored anew for the row that joined the first
    assert [run["data_fraction"] for run in trained] == [1.0, 1.0, 0.5]
    assert "conditions" not in trained[0]
    assert "right text: Dice 0.7500 global, 0.7500 per image; empty text: Dice" in capsys.readouterr().out
    own, empty, half = written(bundle)["rows"]
    assert own["runs"] == empty["runs"] != half["runs"]
    text = (bundle.parent / "out" / "results.md").read_text()
    assert "The sentence is that of the row" in text
    for name, said in (("own", "the film's own sentence"), ("empty", "no sentence"), ("half", "no sentence")):
        assert f"| {name} | {said} | 0." in text
    trained.clear()
    start(ablate, bundle, polyps)
    assert trained == []


def test_a_row_that_fails_is_reported_the_others_go_on_and_the_next_start_runs_it_alone(
    ablate: ModuleType, bundle: Path, polyps: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):  # fmt: skip
    trained: list[dict[str, Any]] = []
    monkeypatch.setattr(ablate, "run_bundle", pretend(trained, broken=(0.5,)))
    assert start(ablate, bundle, polyps) == ["Table 2, half, seed 0"]
    assert "Table 2, half, seed 0: failed: ValueError: broken" in capsys.readouterr().out
    assert len(trained) == 3
    assert "| half | failed |" in (bundle.parent / "out" / "results.md").read_text()
    trained.clear()
    monkeypatch.setattr(ablate, "run_bundle", pretend(trained))
    assert start(ablate, bundle, polyps) == []
    assert [run["data_fraction"] for run in trained] == [0.5]
    text = (bundle.parent / "out" / "results.md").read_text()
    assert "| half | 0.625 [0.525, 0.725] |" in text
    assert "bootstrap interval over images" in text


def test_results_are_published_into_the_card_when_nothing_failed(
    ablate: ModuleType, bundle: Path, polyps: Path, monkeypatch: pytest.MonkeyPatch
):
    import model_card

    card, results = bundle / "docs" / "README.md", bundle / "docs" / "results.json"
    results.unlink(missing_ok=True)
    with pytest.raises(FileNotFoundError, match="publish the weights first"):
        start(ablate, bundle, polyps, "--publish")
    monkeypatch.setattr(model_card, "scores_table", lambda evaluation: "")
    monkeypatch.setattr(model_card, "scores_heading", lambda evaluation: "")
    results.write_text(json.dumps(RESULTS | {"evaluation": {}}))
    before = card.read_text(), results.read_text()
    monkeypatch.setattr(ablate, "run_bundle", pretend([], broken=(0.5,)))
    start(ablate, bundle, polyps, "--publish")
    assert (card.read_text(), results.read_text()) == before
    monkeypatch.setattr(ablate, "run_bundle", pretend([]))
    start(ablate, bundle, polyps, "--publish")
    published = json.loads(results.read_text())
    assert published["ablations"] == written(bundle)
    assert published["weights"] == RESULTS["weights"]
    assert "| half | 0.625 [0.525, 0.725] |" in card.read_text()


def test_a_card_counts_patients_only_where_the_data_set_names_them(
    ablate: ModuleType, bundle: Path, polyps: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(ablate, "run_bundle", pretend([]))
    start(ablate, bundle, polyps)
    heading = ablate.ablation_tables(written(bundle) | {"groups": 1})
    assert "n = 2 images (1 patients)" in heading
    assert "interval over patients" in heading
    assert "patients" not in ablate.ablation_tables(written(bundle))


def given_sizes() -> list[str]:
    """The overrides of a network of toy size, as words of a command line."""
    sizes = toy_sizes(SOURCE, read(SOURCE, "train", "kvasir_seg"))
    sizes |= {"spatial_size": [32, 32], "epochs": 2, "batch_size": 2}
    return ["--", *(f"--{key}={json.dumps(value)}" for key, value in sizes.items())]


def run_here(bundle: Path, config: Path, watch: Callable[[], None]) -> None:
    """The runner of MONAI without a process of its own."""
    metadata = str(bundle / "configs" / "metadata.json")
    workflow = ConfigWorkflow(str(config), metadata, logging_file=False, workflow_type="train")
    workflow.initialize()
    workflow.run()


def test_what_was_broken_off_between_training_and_evaluation_is_not_trained_again(
    ablate: ModuleType, bundle: Path, polyps: Path, monkeypatch: pytest.MonkeyPatch
):
    def stop(bundle: Path, config: Path, watch: Callable[[], None]) -> None:
        if config.name == "evaluate.json":
            raise KeyboardInterrupt
        run_here(bundle, config, watch)

    words = ["--tables", "Table 2", *given_sizes()]
    monkeypatch.setattr(ablate, "run_bundle", stop)
    with pytest.raises(KeyboardInterrupt):
        start(ablate, bundle, polyps, *words)
    (table,) = (bundle.parent / "out").glob("*/train.csv")
    before = table.read_text()
    monkeypatch.setattr(ablate, "run_bundle", run_here)
    assert start(ablate, bundle, polyps, *words) == []
    assert table.read_text() == before
    with table.open(newline="") as file:
        curve = [float(row["val_global_dice"]) for row in csv.DictReader(file)]
    assert len(curve) == 2
    whole, half = (row["runs"][0] for row in written(bundle)["rows"])
    assert whole["global"]["dice"]["value"] == pytest.approx(max(curve), abs=1e-5)
    assert (whole["images"], half["images"]) == (4, 2)
    assert written(bundle)["dataset"] == "polyp phantoms"


@pytest.mark.slow
def test_processes_train_and_a_failure_is_told_by_its_first_error(
    ablate: ModuleType, bundle: Path, polyps: Path, capsys: pytest.CaptureFixture[str]
):
    path = bundle / "configs" / "ablations.json"
    tables = {"Table 2": {"TMCA": {}, "broken": {"network_def#ltem_levels": ["nonsense"]}}}
    path.write_text(json.dumps(json.loads(path.read_text()) | {"tables": tables}))
    assert start(ablate, bundle, polyps, *given_sizes()) == ["Table 2, broken, seed 0"]
    assert "failed: ValueError: ltem_levels" in capsys.readouterr().out
    (result,) = (bundle.parent / "out").glob("*/result.json")
    config = ConfigParser(json.loads((result.parent / "train.json").read_text()))
    assert config["spatial_size"] == [32, 32]
    assert json.loads(result.read_text())["epochs"] == 2
