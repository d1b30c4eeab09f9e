"""What takes real processes: a kill, and a training on two of them."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from ignite.engine import Events
from monai.data import DistributedSampler
from tests.engines.toy_training import toy_trainer
from torch.nn.parallel import DistributedDataParallel

pytestmark = pytest.mark.slow

KILLED = """
import os, signal, sys
from pathlib import Path
from ignite.engine import Events
from tests.engines.toy_training import toy_trainer
trainer = toy_trainer(Path(sys.argv[1]))
trainer.add_event_handler(Events.ITERATION_COMPLETED(once=8), lambda: os.kill(os.getpid(), signal.SIGKILL))
trainer.run()
"""


def curve(folder: Path) -> list[dict[str, float]]:
    rows = list(csv.DictReader((folder / "train.csv").open()))
    return [{name: float(value) for name, value in row.items() if name != "seconds"} for row in rows]


def test_a_killed_process_goes_on_as_if_it_had_not_been(tmp_path):
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path / "killed")], cwd=Path(__file__).parents[2]
    )
    assert killed.returncode == -signal.SIGKILL
    assert len(curve(tmp_path / "killed")) == 2
    toy_trainer(tmp_path / "killed", resume=True).run()
    toy_trainer(tmp_path / "whole").run()
    assert curve(tmp_path / "killed") == [pytest.approx(row, abs=1e-4) for row in curve(tmp_path / "whole")]


def train_on(rank: int, folder: str, port: int, max_epochs: int, resume: bool) -> None:
    """One of two processes."""
    os.environ |= {"MASTER_ADDR": "localhost", "MASTER_PORT": str(port)}
    dist.init_process_group("gloo", rank=rank, world_size=2)
    torch.set_num_threads(1)
    trainer = toy_trainer(Path(folder), max_epochs=max_epochs, resume=resume, validation_cases=5)
    evaluator = trainer.resumable["early_stop"].evaluator
    wrapped = DistributedDataParallel(trainer.network)
    trainer.network = evaluator.network = wrapped
    for engine, even in ((trainer, True), (evaluator, False)):
        data = engine.data_loader.dataset
        sampler = DistributedSampler(data, even_divisible=even, shuffle=even, seed=7)
        engine.data_loader = type(engine.data_loader)(data, batch_size=2, sampler=sampler)
        engine.state.epoch_length = len(engine.data_loader)
    rows, validated = [], {}

    def note(engine) -> None:
        assert not isinstance(engine.network, DistributedDataParallel), (
            "it waits for ever where batches are uneven"
        )
        validated.update({name: buffer.clone() for name, buffer in engine.network.named_buffers()})
        rows.append(dict(engine.state.metrics))

    evaluator.add_event_handler(Events.EPOCH_COMPLETED, note)
    trainer.run()
    state = {
        "metrics": rows,
        "validated": validated,
        "loss": trainer.state.metrics["train_loss"],
        "weights": wrapped.module.state_dict(),
    }
    torch.save(state, Path(folder) / f"rank_{rank}.pt")
    dist.destroy_process_group()


def on_two_processes(folder: Path, max_epochs: int, resume: bool = False) -> list[dict]:
    folder.mkdir(exist_ok=True)
    port = 29500 + os.getpid() % 500
    mp.spawn(train_on, args=(str(folder), port, max_epochs, resume), nprocs=2)
    return [torch.load(folder / f"rank_{rank}.pt", weights_only=True) for rank in (0, 1)]


def test_two_processes_share_scores_weights_and_a_checkpoint(tmp_path):
    first, second = on_two_processes(tmp_path / "whole", max_epochs=3)
    assert first["metrics"] == second["metrics"]
    assert first["loss"] == second["loss"]
    for name, buffer in first["validated"].items():
        assert torch.equal(buffer, second["validated"][name]), name
    for name, weight in first["weights"].items():
        if "running" not in name:
            torch.testing.assert_close(weight, second["weights"][name], msg=name)
    stored = torch.load(tmp_path / "whole" / "last.pt", weights_only=True)
    assert stored["network"].keys() == first["weights"].keys(), "no `module.` in the names"

    best = max(first["metrics"], key=lambda metrics: metrics["val_global_dice"])
    alone = toy_trainer(tmp_path / "alone", validation_cases=5, average=None)
    evaluator = alone.resumable["early_stop"].evaluator
    evaluator.network.load_state_dict(torch.load(tmp_path / "whole" / "model.pt", weights_only=True))
    evaluator.run()
    assert evaluator.state.metrics == pytest.approx(best), "the best score is that of the stored weights"

    on_two_processes(tmp_path / "resumed", max_epochs=2)
    resumed, _ = on_two_processes(tmp_path / "resumed", max_epochs=3, resume=True)
    assert curve(tmp_path / "resumed") == [pytest.approx(row, abs=1e-4) for row in curve(tmp_path / "whole")]
    assert resumed["metrics"][-1] == pytest.approx(first["metrics"][-1], abs=1e-4)
