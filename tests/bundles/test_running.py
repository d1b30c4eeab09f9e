"""Every bundle trains, resumes, evaluates and infers, on a few phantoms and a toy network."""

from __future__ import annotations

import csv
import fcntl
import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from ignite.engine import Events
from monai.bundle import ConfigWorkflow
from PIL import Image
from tests.bundles.toy_bundles import build, check_trained, content, copy_bundle, run, writes_text

from textguide.data import load_datalist, read_datalist, split_hash, write_datalist
from textguide.folder_lock import LOCK_NAME
from textguide.weights import load_weights

EPOCHS = 3


class Killed(BaseException):
    """Ends a training as a signal does: nothing of the project catches it."""


def curve(folder: Path) -> list[dict[str, float]]:
    with (folder / "train.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    return [{name: float(value) for name, value in row.items() if name != "seconds"} for row in rows]


def best_score(folder: Path) -> float:
    rows = curve(folder)
    return max(row[name] for row in rows for name in row if name.endswith("global_dice"))


def validated_under(bundle: Path) -> str:
    """The condition of a validation: a network that writes its own sentence is chosen by that."""
    return "empty" if writes_text(bundle) else "right"


def kill_at(workflow: ConfigWorkflow, iteration: int) -> None:
    def kill() -> None:
        raise Killed

    content(workflow, "train#trainer").add_event_handler(Events.ITERATION_STARTED(once=iteration), kill)
    with pytest.raises(Killed):
        workflow.run()


def test_training_leaves_curve_checkpoint_and_best_weights(toy: Path, trained: Path):
    assert [row["epoch"] for row in curve(trained)] == [1, 2, 3]
    assert all(row["train_loss"] > 0 and row["learning_rate"] > 0 for row in curve(trained))
    checkpoint = torch.load(trained / "checkpoint_last.pt", weights_only=True)
    assert checkpoint["trainer"] == {"epoch": EPOCHS, "iteration": 2 * EPOCHS}
    load_weights(content(build(toy, "inference"), "network_def"), trained / "model.pt")


def test_a_resumed_training_repeats_the_one_that_was_not_killed(
    bundle: Path, trained: Path, chest: Path, tmp_path: Path
):
    copy = copy_bundle(bundle, tmp_path)
    kill_at(build(copy, "train", dataset_dir=str(chest)), iteration=4)
    assert len(curve(copy / "runs")) == 1
    torch.manual_seed(12345)
    workflow = build(copy, "train", dataset_dir=str(chest), resume=True)
    trainer, epochs = content(workflow, "train#trainer"), []
    trainer.add_event_handler(Events.EPOCH_STARTED, lambda: epochs.append(trainer.state.epoch))
    workflow.run()
    assert epochs == [2, 3]
    assert curve(copy / "runs") == [pytest.approx(row, abs=1e-4, nan_ok=True) for row in curve(trained)]
    resumed, whole = (
        torch.load(folder / "checkpoint_last.pt", weights_only=True)["network"]
        for folder in (copy / "runs", trained)
    )
    for name, weight in whole.items():
        torch.testing.assert_close(resumed[name], weight, atol=1e-4, rtol=0, msg=name)


def contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_refused_start_leaves_the_folder_as_it_was(toy: Path, trained: Path, chest: Path, tmp_path: Path):
    before = contents(trained)
    weights = str(trained / "model.pt")
    workflow = build(toy, "train", dataset_dir=str(chest), resume=weights, max_length=9)
    with pytest.raises(RuntimeError) as failure:
        workflow.run()
    assert "give it as initial_weights" in str(root_cause(failure.value))
    assert contents(trained) == before
    elsewhere = tmp_path / "runs"
    workflow = build(toy, "train", dataset_dir=str(chest), resume=weights, output_dir=str(elsewhere))
    with pytest.raises(RuntimeError):
        workflow.run()
    assert not elsewhere.exists()


def test_two_trainings_do_not_write_into_one_folder(toy: Path, chest: Path, tmp_path: Path):
    workflow = build(toy, "train", dataset_dir=str(chest), output_dir=str(tmp_path))
    with (tmp_path / LOCK_NAME).open("a") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(RuntimeError) as failure:
            workflow.run()
    assert "another run is writing into" in str(root_cause(failure.value))
    assert [path.name for path in tmp_path.iterdir()] == [LOCK_NAME]


@pytest.mark.parametrize("section", ["training", "validation"])
def test_a_training_without_cases_to_learn_from_or_to_score_is_refused(
    toy: Path, chest: Path, tmp_path: Path, section: str
):
    films = Path(shutil.copytree(chest, tmp_path / "films"))
    write_datalist(read_datalist(films / "datalist.json") | {section: []}, films / "datalist.json")
    workflow = build(toy, "train", dataset_dir=str(films), output_dir=str(tmp_path / "runs"))
    with pytest.raises(RuntimeError) as failure:
        workflow.run()
    assert f"datalist.json' has no case in {section}; make a datalist" in str(root_cause(failure.value))


def test_a_section_without_labels_is_not_evaluated(toy: Path, chest: Path, tmp_path: Path):
    datalist = read_datalist(chest / "datalist.json")
    datalist["testing"] = [{**record, "label": None} for record in datalist["testing"]]
    write_datalist(datalist, tmp_path / "datalist.json")
    workflow = build(toy, "train", "evaluate", dataset_dir=str(tmp_path), section="testing")
    with pytest.raises(RuntimeError) as failure:
        workflow.run()
    assert "4 of 4 cases in testing have no label" in str(root_cause(failure.value))


def test_a_training_of_no_epochs_is_refused_and_one_of_two_has_a_shorter_warm_up(
    toy: Path, chest: Path, tmp_path: Path
):
    workflow = build(toy, "train", dataset_dir=str(chest), epochs=0, output_dir=str(tmp_path / "none"))
    with pytest.raises(RuntimeError) as failure:
        workflow.run()
    assert "1 step (epoch) or more is needed" in str(root_cause(failure.value))
    run(
        toy, "train", dataset_dir=str(chest), epochs=2, warmup_epochs=3, spatial_size=32,
        output_dir=str(tmp_path / "two"),
    )  # fmt: skip
    assert [row["epoch"] for row in curve(tmp_path / "two")] == [1, 2]
    inference = json.loads((tmp_path / "two" / "configs" / "inference.json").read_text())
    assert inference["spatial_size"] == [32, 32]


def test_training_starts_from_given_weights(toy: Path, trained: Path, chest: Path, tmp_path: Path):
    workflow = build(
        toy,
        "train",
        dataset_dir=str(chest),
        output_dir=str(tmp_path),
        initial_weights=str(trained / "model.pt"),
    )
    seen: list[dict[str, torch.Tensor]] = []
    network, trainer = content(workflow, "network_def"), content(workflow, "train#trainer")
    trainer.add_event_handler(Events.EPOCH_STARTED(once=1), lambda: seen.append(clone(network)))
    kill_at(workflow, iteration=1)
    wanted = torch.load(trained / "model.pt", weights_only=True)
    assert all(torch.equal(seen[0][name], weight) for name, weight in wanted.items())


def clone(network: torch.nn.Module) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in network.state_dict().items()}


def test_films_of_further_folders_join_the_training_alone(toy: Path, chest: Path, more_chest: Path, tmp_path):
    workflow = run(
        toy,
        "train",
        dataset_dir=str(chest),
        extra_dataset_dirs=[str(more_chest)],
        output_dir=str(tmp_path),
        epochs=1,
        warmup_epochs=0,
    )
    check_trained(workflow, films=12)
    assert len(content(workflow, "validate#dataset")) == 4
    assert len(curve(tmp_path)) == 1


def test_evaluation_of_the_best_weights_gives_the_best_score_of_the_curve(
    toy: Path, trained: Path, chest: Path, tmp_path: Path
):
    weights = trained / "model.pt"
    run(
        toy,
        "train",
        "evaluate",
        dataset_dir=str(chest),
        ckpt_path=str(weights),
        output_dir=str(tmp_path),
    )
    report = json.loads((tmp_path / "evaluation.json").read_text())
    assert report["section"] == "validation"
    assert report["n"] == report["n_section"] == 4
    assert report["split_sha256"] == split_hash(read_datalist(chest / "datalist.json"))
    assert report["weights_sha256"] == hashlib.sha256(weights.read_bytes()).hexdigest()
    own = ["unguided"] if writes_text(toy) else []
    assert list(report["conditions"]) == ["right", "empty", "shuffled", "side_swapped", *own]
    assert ("zones" in report["conditions"]["empty"]) == writes_text(toy)
    for scores in report["conditions"].values():
        for protocol in ("per_image", "global"):
            for score in ("dice", "iou", "accuracy"):
                assert set(scores[protocol][score]) >= {"value", "low", "high"}
    validated = report["conditions"][validated_under(toy)]["global"]["dice"]["value"]
    assert validated == pytest.approx(best_score(trained), abs=1e-5)
    cases = list(csv.DictReader((tmp_path / "evaluation.csv").open(newline="")))
    films = {record["case_id"] for record in load_datalist(chest, "validation")}
    assert {(row["condition"], row["case_id"]) for row in cases} == {
        (condition, film) for condition in report["conditions"] for film in films
    }


def test_evaluation_scores_the_testing_section_when_asked(toy: Path, chest: Path, tmp_path: Path):
    run(
        toy, "train", "evaluate", dataset_dir=str(chest), output_dir=str(tmp_path), section="testing",
        conditions=["right"],
    )  # fmt: skip
    report = json.loads((tmp_path / "evaluation.json").read_text())
    assert report["section"] == "testing"
    assert list(report["conditions"]) == ["right"]
    films = {record["case_id"] for record in load_datalist(chest, "testing")}
    assert {row["case_id"] for row in csv.DictReader((tmp_path / "evaluation.csv").open(newline=""))} == films


def test_inference_takes_the_stored_weights_and_writes_masks_of_the_images_own_sizes(
    toy: Path, chest: Path, tmp_path: Path
):
    workflow = run(toy, "inference", dataset_dir=str(chest), output_dir=str(tmp_path))
    stored = torch.load(toy / "models" / "model.pt", weights_only=True)
    used = content(workflow, "network").state_dict()
    assert all(torch.equal(used[name], weight.to(used[name].dtype)) for name, weight in stored.items())
    lines = [json.loads(line) for line in (tmp_path / "segmentations.jsonl").read_text().splitlines()]
    images = {Path(record["image"]) for record in load_datalist(chest, "testing")}
    assert {Path(line["image"]) for line in lines} == images
    assert len({line["mask"] for line in lines}) == len(images) == 4
    sizes = set()
    for line in lines:
        with Image.open(line["image"]) as film, Image.open(tmp_path / line["mask"]) as mask:
            assert mask.size == film.size
            assert set(np.unique(mask)) <= {0, 255}
            sizes.add(mask.size)
    assert sizes == {(64, 64), (70, 50)}


@pytest.mark.parametrize("configs", [("train", "evaluate"), ("inference",)], ids="+".join)
def test_without_its_weights_nothing_runs(toy: Path, chest: Path, tmp_path: Path, configs: tuple[str, ...]):
    weights = tmp_path / "nowhere.pt"
    workflow = build(
        toy, *configs, dataset_dir=str(chest), ckpt_path=str(weights), output_dir=str(tmp_path / "out")
    )
    with pytest.raises(RuntimeError) as failure:
        workflow.run()
    assert isinstance(root_cause(failure.value), FileNotFoundError)
    assert str(weights) in str(root_cause(failure.value))
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("configs", [("train",), ("train", "evaluate"), ("inference",)], ids="+".join)
def test_every_property_of_monai_is_there(toy: Path, chest: Path, configs: tuple[str, ...]):
    assert build(toy, *configs, dataset_dir=str(chest)).check_properties() == []


@pytest.mark.parametrize("configs", [("train",), ("train", "evaluate"), ("inference",)], ids="+".join)
def test_creating_a_workflow_reads_no_data_and_writes_nothing(
    bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, configs: tuple[str, ...]
):
    copy = copy_bundle(bundle, tmp_path)
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    workflow = build(copy, *configs, dataset_dir=str(tmp_path / "nowhere"))
    built = workflow.parser.ref_resolver.resolved_content
    assert [key for key in built if "dataset" in key or "network" in key or "trainer" in key] == []
    assert sorted(tmp_path.rglob("*")) == before
    with pytest.raises(RuntimeError) as failure:
        workflow.run()
    assert "textguide datalist" in str(root_cause(failure.value))


def root_cause(error: BaseException) -> BaseException:
    while (cause := error.__cause__ or error.__context__) is not None:
        error = cause
    return error
