from __future__ import annotations

import csv
import logging
import sys
from types import SimpleNamespace

import pytest
from ignite.engine import Events
from tests.engines.toy_training import toy_trainer

from textguide.handlers import CSVLog, Progress, TensorBoardLog
from textguide.handlers.csv_log import read_rows
from textguide.handlers.progress import duration


def rows_of(path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.open()))


def evaluator_of(trainer):
    return trainer.resumable["early_stop"].evaluator


def test_a_row_holds_the_mean_loss_the_rate_and_the_validation(tmp_path):
    losses, rates = [], []
    trainer = toy_trainer(tmp_path, max_epochs=2)
    trainer.add_event_handler(
        Events.ITERATION_COMPLETED, lambda e: losses.append(e.state.output["loss"].item())
    )
    trainer.add_event_handler(
        Events.ITERATION_STARTED, lambda e: rates.append(e.optimizer.param_groups[0]["lr"])
    )
    trainer.run()
    rows = rows_of(tmp_path / "train.csv")
    assert list(rows[0])[:4] == ["epoch", "train_loss", "learning_rate", "val_global_dice"]
    assert list(rows[0])[-1] == "seconds"
    assert [float(row["train_loss"]) for row in rows] == pytest.approx(
        [sum(losses[:3]) / 3, sum(losses[3:]) / 3], abs=1e-6
    )
    assert [float(row["learning_rate"]) for row in rows] == pytest.approx([rates[2], rates[5]], rel=1e-5)
    assert float(rows[1]["val_per_image_dice"]) == pytest.approx(
        evaluator_of(trainer).state.metrics["val_per_image_dice"], abs=1e-6
    )


def test_an_epoch_without_a_validation_leaves_its_scores_empty(tmp_path):
    trainer = toy_trainer(tmp_path, max_epochs=2)
    evaluator = evaluator_of(trainer)
    run = evaluator.run
    evaluator.run = lambda epoch: run(epoch) if epoch == 2 else None
    trainer.run()
    rows = rows_of(tmp_path / "train.csv")
    assert rows[0]["val_global_dice"] == ""
    assert float(rows[1]["val_global_dice"]) > 0


def test_a_file_of_something_else_is_not_overwritten(tmp_path):
    (tmp_path / "train.csv").write_text("name,age\nsomebody,40\n")
    with pytest.raises(ValueError, match="is no table of epochs"):
        toy_trainer(tmp_path, max_epochs=1).run()
    assert read_rows(tmp_path / "absent.csv") == []


def test_a_log_gets_one_line_an_epoch(tmp_path, caplog):
    with caplog.at_level(logging.INFO, logger="textguide.handlers.progress"):
        toy_trainer(tmp_path, max_epochs=2).run()
    lines = [r.getMessage() for r in caplog.records if r.name == "textguide.handlers.progress"]
    assert len(lines) == 2
    for part in ("epoch 1/2", "loss 0.", "val_global_dice 0.", "(best 0.", "lr 2.00e-02", "images/s", "left"):
        assert part in lines[0]


def test_the_line_of_an_epoch_without_a_validation_shows_no_score(tmp_path, caplog):
    trainer = toy_trainer(tmp_path, max_epochs=3)
    evaluator = evaluator_of(trainer)
    run = evaluator.run
    evaluator.run = lambda epoch: run(epoch) if epoch == 2 else None
    with caplog.at_level(logging.INFO, logger="textguide.handlers.progress"):
        trainer.run()
    lines = [r.getMessage() for r in caplog.records if r.name == "textguide.handlers.progress"]
    assert ["val_global_dice" in line for line in lines] == [False, True, False]


def test_a_terminal_gets_a_bar_that_goes_away(tmp_path, capfd):
    trainer = toy_trainer(tmp_path, max_epochs=1)
    progress = Progress(bar=True)
    progress.attach(trainer)
    trainer.run()
    shown = capfd.readouterr().err
    assert "epoch 1" in shown
    assert "3/3" in shown or "2/3" in shown or "0/3" in shown
    assert progress._bar is None


@pytest.mark.parametrize(
    ("seconds", "words"), [(12.3, "12 s"), (200, "3 min"), (3599, "1 h 00 min"), (7260, "2 h 01 min")]
)
def test_durations_are_read_at_a_glance(seconds, words):
    assert duration(seconds) == words


class FakeWriter:
    def __init__(self, log_dir, purge_step) -> None:
        self.purge_step, self.scalars, self.closed = purge_step, [], False
        FakeWriter.last = self

    def add_scalar(self, name, value, step) -> None:
        self.scalars.append((name, step))

    def flush(self) -> None: ...

    def close(self) -> None:
        self.closed = True


def test_tensorboard_gets_the_numbers_of_each_epoch(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorboard", SimpleNamespace(__name__="tensorboard"))
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", SimpleNamespace(SummaryWriter=FakeWriter))
    trainer = toy_trainer(tmp_path, max_epochs=2)
    TensorBoardLog(tmp_path / "curves", evaluator=evaluator_of(trainer)).attach(trainer)
    trainer.run()
    for name in ("train_loss", "learning_rate", "val_global_dice", "val_per_image_dice"):
        assert [step for scalar, step in FakeWriter.last.scalars if scalar == name] == [1, 2], name
    assert FakeWriter.last.purge_step == 1
    assert FakeWriter.last.closed


def test_without_tensorboard_it_says_so_once_and_the_training_runs(tmp_path, monkeypatch, caplog):
    monkeypatch.setitem(sys.modules, "tensorboard", None)
    trainer = toy_trainer(tmp_path, max_epochs=2)
    with caplog.at_level(logging.INFO):
        TensorBoardLog(tmp_path / "curves").attach(trainer)
        trainer.run()
    assert caplog.text.count("tensorboard is not installed") == 1
    assert not (tmp_path / "curves").exists()


def test_the_loss_is_measured_once_for_all_logs(tmp_path):
    trainer = toy_trainer(tmp_path, max_epochs=1)
    before = len(trainer._event_handlers[Events.ITERATION_COMPLETED])
    CSVLog(tmp_path / "second.csv").attach(trainer)
    assert len(trainer._event_handlers[Events.ITERATION_COMPLETED]) == before > 0
