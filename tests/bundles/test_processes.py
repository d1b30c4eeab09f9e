"""What takes processes of its own, or several networks: MONAI's runner, torchrun, federated learning."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from monai.fl.client.monai_algo import MonaiAlgo
from monai.fl.utils.constants import ExtraItems
from monai.fl.utils.exchange_object import ExchangeObject
from tests.bundles.test_running import best_score, curve, validated_under
from tests.bundles.toy_bundles import ROOT, build, content, copy_bundle, read, run, toy_sizes, writes_text

import textguide
from textguide.weights import load_weights

PYTHON = [sys.executable, "-m", "monai.bundle", "run"]
TORCHRUN = [
    sys.executable,
    "-m",
    "torch.distributed.run",
    "--standalone",
    "--nnodes=1",
    "--nproc_per_node=2",
    "-m",
    "monai.bundle",
    "run",
]


def start(command: Sequence[str], bundle: Path, configs: Sequence[str], **overrides: Any) -> str:
    """Run a bundle as a user does, from a folder elsewhere, and return what it printed."""
    given = toy_sizes(bundle, read(bundle, *configs)) | {"bundle_root": str(bundle)} | overrides
    options = [f"--{key}={value}" for key, value in given.items()]
    files = str([str(bundle / "configs" / f"{name}.json") for name in configs])
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join(
            [str(Path(textguide.__file__).parents[1]), os.environ.get("PYTHONPATH", "")]
        ),
        "CUDA_VISIBLE_DEVICES": "",
        "OMP_NUM_THREADS": "1",
    }
    done = subprocess.run(
        [*command, "--config_file", files, *options],
        cwd=bundle.parent,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout + done.stderr


def test_monais_runner_infers_quietly_from_the_command_line(toy: Path, chest: Path, tmp_path: Path):
    printed = start(PYTHON, toy, ["inference"], dataset_dir=chest, output_dir=tmp_path)
    assert len(list(tmp_path.rglob("*mask.png"))) == 4
    assert "INFO" in printed, "logging.conf was not used"
    assert "nvImageCodec is not available" not in printed
    lines = printed.splitlines()
    told = [line for line in lines if 'the network itself would write: "' not in line]
    assert "infection" not in "\n".join(told), "a record's sentence was printed"
    assert (len(told) < len(lines)) == writes_text(toy)


@pytest.mark.slow
def test_two_processes_train_and_resume_as_one_network(bundle: Path, chest: Path, tmp_path: Path):
    copy = copy_bundle(bundle, tmp_path)
    configs = ["train", "multi_gpu_train"]
    shared = {"dataset_dir": chest, "batch_size": 2}
    start(TORCHRUN, copy, configs, **shared, epochs=2)
    assert [row["epoch"] for row in curve(copy / "runs")] == [1, 2]
    assert "resuming from" in start(TORCHRUN, copy, configs, **shared, epochs=3, resume=True)
    assert [row["epoch"] for row in curve(copy / "runs")] == [1, 2, 3]
    checkpoint = torch.load(copy / "runs" / "checkpoint_last.pt", weights_only=True)
    assert checkpoint["trainer"] == {"epoch": 3, "iteration": 6}
    network = content(build(copy, "inference"), "network_def")
    load_weights(network, copy / "runs" / "model.pt")
    run(
        copy, "train", "evaluate", dataset_dir=str(chest), output_dir=str(tmp_path / "eval"),
        ckpt_path=str(copy / "runs" / "model.pt"),
    )  # fmt: skip
    report = json.loads((tmp_path / "eval" / "evaluation.json").read_text())
    validated = report["conditions"][validated_under(copy)]["global"]["dice"]["value"]
    assert validated == pytest.approx(best_score(copy / "runs"), abs=1e-5)


@pytest.mark.slow
def test_a_killed_process_goes_on_as_if_it_had_not_been(
    bundle: Path, trained: Path, chest: Path, tmp_path: Path
):
    copy = copy_bundle(bundle, tmp_path)
    killed = (
        "import os, signal, sys; sys.path.insert(0, sys.argv[1]); from pathlib import Path\n"
        "from ignite.engine import Events\n"
        "from tests.bundles.toy_bundles import build, content\n"
        "workflow = build(Path(sys.argv[2]), 'train', dataset_dir=sys.argv[3])\n"
        "trainer = content(workflow, 'train#trainer')\n"
        "trainer.add_event_handler(Events.ITERATION_COMPLETED(once=5), lambda: os.kill(os.getpid(), 9))\n"
        "workflow.run()\n"
    )
    process = subprocess.run([sys.executable, "-c", killed, str(ROOT), str(copy), str(chest)])
    assert process.returncode == -9
    assert "resuming from" in start(PYTHON, copy, ["train"], dataset_dir=chest, resume=True)
    assert curve(copy / "runs") == [pytest.approx(row, abs=1e-4, nan_ok=True) for row in curve(trained)]


@pytest.mark.filterwarnings("ignore:executing the bundle config")  # MONAI: a config is code
def test_two_hospitals_train_one_network_by_federated_averaging(bundle: Path, chest: Path, tmp_path: Path):
    clients = [hospital(bundle, chest, tmp_path / name) for name in ("north", "south")]
    # What a client sends shares its memory; a server receives a copy.
    weights = copies(clients[0].get_weights(extra={}).weights)
    before = weights
    for _ in range(2):
        sent = []
        for client in clients:
            client.train(data=ExchangeObject(weights=weights), extra={})
            sent.append(copies(client.get_weights(extra={}).weights))
        weights = {name: torch.stack([update[name] for update in sent]).mean(dim=0) for name in before}
    metrics = clients[0].evaluate(data=ExchangeObject(weights=weights), extra={}).metrics
    assert 0.0 <= metrics["val_global_dice"] <= 1.0
    assert any(not torch.equal(before[name], weights[name]) for name in before)
    for client in clients:
        client.finalize()


def copies(weights: dict[str, Any]) -> dict[str, torch.Tensor]:
    return {name: torch.as_tensor(value).float().clone() for name, value in weights.items()}


def hospital(bundle: Path, chest: Path, folder: Path) -> MonaiAlgo:
    """A client that trains its own copy of the bundle."""
    copy = copy_bundle(bundle, folder)
    given = {"dataset_dir": str(chest)}
    client = MonaiAlgo(
        bundle_root=str(copy),
        local_epochs=1,
        send_weight_diff=False,
        train_kwargs=toy_sizes(copy, read(copy, "train")) | given,
        eval_kwargs=toy_sizes(copy, read(copy, "train", "evaluate")) | given,
        disable_ckpt_loading=True,
    )
    client.initialize(extra={ExtraItems.CLIENT_NAME: folder.name, ExtraItems.APP_ROOT: str(folder)})
    return client
