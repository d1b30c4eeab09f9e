from __future__ import annotations

import csv
import logging

import pytest
import torch
from ignite.engine import Events
from tests.engines.toy_training import toy_trainer

from textguide.handlers import ResumeCheckpoint


class StopAt:
    """Break a training off as a killed process does, somewhere in the middle."""

    def __init__(self, event, iteration: int) -> None:
        self.event, self.iteration = event, iteration

    def attach(self, engine) -> None:
        engine.add_event_handler(self.event, self)

    def __call__(self, engine) -> None:
        if engine.state.iteration == self.iteration:
            raise KeyboardInterrupt


def break_off(folder, event=Events.ITERATION_COMPLETED, iteration: int = 8, **options) -> None:
    trainer = toy_trainer(folder, extra_handlers=(StopAt(event, iteration),), **options)
    with pytest.raises(KeyboardInterrupt):
        trainer.run()


def curve(folder) -> list[dict]:
    rows = list(csv.DictReader((folder / "train.csv").open()))
    return [{name: float(value) for name, value in row.items() if name != "seconds"} for row in rows]


def weights(path) -> dict[str, torch.Tensor]:
    return torch.load(path, weights_only=True)


def assert_equal_states(first, second) -> None:
    if isinstance(first, torch.Tensor):
        torch.testing.assert_close(first, second, atol=1e-6, rtol=1e-6)
    elif isinstance(first, dict):
        assert first.keys() == second.keys()
        for key in first:
            assert_equal_states(first[key], second[key])
    elif isinstance(first, (list, tuple)):
        for one, other in zip(first, second, strict=True):
            assert_equal_states(one, other)
    else:
        assert first == pytest.approx(second)


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    folder = tmp_path_factory.mktemp("uninterrupted")
    toy_trainer(folder).run()
    return folder


@pytest.mark.parametrize(
    ("event", "iteration"),
    [(Events.ITERATION_COMPLETED, 8), (Events.ITERATION_STARTED, 4), (Events.EPOCH_COMPLETED, 6)],
    ids=["in epoch 3", "before the first step of epoch 2", "after the validation of epoch 2"],
)
def test_a_broken_off_training_goes_on_as_if_it_had_not_been(tmp_path, uninterrupted, event, iteration):
    break_off(tmp_path, event, iteration)
    broken_off = len(curve(tmp_path))
    toy_trainer(tmp_path, resume=True).run()
    assert broken_off < 4
    assert curve(tmp_path) == [pytest.approx(row, abs=1e-6) for row in curve(uninterrupted)]
    for name in ("last.pt", "model.pt"):
        assert_equal_states(weights(tmp_path / name), weights(uninterrupted / name))


def test_the_epochs_of_the_uninterrupted_training_differ(uninterrupted):
    losses = [row["train_loss"] for row in curve(uninterrupted)]
    assert len(set(losses)) == 4
    assert [row["epoch"] for row in curve(uninterrupted)] == [1, 2, 3, 4]


def test_workers_do_not_change_the_curve(tmp_path, uninterrupted):
    toy_trainer(tmp_path, max_epochs=2, num_workers=2).run()
    assert curve(tmp_path) == [pytest.approx(row, abs=1e-6) for row in curve(uninterrupted)[:2]]


def test_a_longer_training_goes_on_from_a_complete_one(tmp_path, uninterrupted):
    toy_trainer(tmp_path, max_epochs=2).run()
    toy_trainer(tmp_path, max_epochs=4, resume=str(tmp_path / "last.pt")).run()
    assert curve(tmp_path) == [pytest.approx(row, abs=1e-6) for row in curve(uninterrupted)]


def test_a_resumed_training_remembers_the_best_score(tmp_path):
    toy_trainer(tmp_path, max_epochs=2).run()
    state = weights(tmp_path / "last.pt")
    state["best"] = {"metric": 0.99, "epoch": 1}
    torch.save(state, tmp_path / "last.pt")
    (tmp_path / "model.pt").unlink()
    toy_trainer(tmp_path, max_epochs=4, resume=True).run()
    assert not (tmp_path / "model.pt").exists(), "no later validation was better than 0.99"
    assert weights(tmp_path / "last.pt")["best"] == {"metric": 0.99, "epoch": 1}


def test_without_a_checkpoint_true_starts_and_a_path_is_an_error(tmp_path, caplog):
    with caplog.at_level(logging.INFO):
        toy_trainer(tmp_path, max_epochs=1, resume=True).run()
    assert "nothing to resume at" in caplog.text
    with pytest.raises(
        FileNotFoundError, match="no checkpoint .*other.pt; resume takes true, false or the path"
    ):
        toy_trainer(tmp_path, resume=str(tmp_path / "other.pt")).run()


def test_starting_anew_says_so_and_drops_the_old_rows(tmp_path, caplog):
    toy_trainer(tmp_path, max_epochs=2).run()
    with caplog.at_level(logging.INFO):
        toy_trainer(tmp_path, max_epochs=1, resume=False).run()
    assert "starting anew" in caplog.text
    assert [row["epoch"] for row in curve(tmp_path)] == [1]


def test_a_checkpoint_beyond_the_last_epoch_is_one_clear_line(tmp_path):
    toy_trainer(tmp_path, max_epochs=3).run()
    with pytest.raises(ValueError, match="ends epoch 3 and the training has 2: raise epochs to more than 3"):
        toy_trainer(tmp_path, max_epochs=2, resume=True).run()


def test_a_complete_training_has_nothing_to_do(tmp_path, caplog):
    toy_trainer(tmp_path, max_epochs=2).run()
    before = (tmp_path / "last.pt").read_bytes(), (tmp_path / "train.csv").read_text()
    with caplog.at_level(logging.INFO):
        toy_trainer(tmp_path, max_epochs=2, resume=True).run()
    assert "is complete at epoch 2" in caplog.text
    assert ((tmp_path / "last.pt").read_bytes(), (tmp_path / "train.csv").read_text()) == before


def test_a_checkpoint_of_another_training_names_what_differs(tmp_path):
    toy_trainer(tmp_path, max_epochs=1, average=None).run()
    with pytest.raises(ValueError, match=r"not in it: \['weight_average'\], only in it: \[\]"):
        toy_trainer(tmp_path, resume=True).run()
    state = weights(tmp_path / "last.pt")
    state["network"].pop("head.bias")
    torch.save(state, tmp_path / "last.pt")
    with pytest.raises(ValueError, match=r"the network in .* does not fit this training: .*head.bias"):
        toy_trainer(tmp_path, average=None, resume=True).run()


def test_other_steps_an_epoch_are_warned_of_and_the_epochs_still_counted(tmp_path, caplog):
    toy_trainer(tmp_path, max_epochs=2).run()
    trainer = toy_trainer(tmp_path, max_epochs=4, resume=True)
    trainer.state.epoch_length = 2
    trainer.run()
    assert "an epoch had 3 steps and has 2 now" in caplog.text
    assert [row["epoch"] for row in curve(tmp_path)] == [1, 2, 3, 4]


def test_a_gradient_scaler_is_kept(tmp_path):
    def trainer_with(scale: float):
        trainer = toy_trainer(tmp_path)
        trainer.scaler = torch.amp.GradScaler("cpu", init_scale=scale)
        return trainer

    handler = ResumeCheckpoint(tmp_path / "scaled.pt")
    trainer = trainer_with(8.0)
    trainer.state.epoch, trainer.state.iteration = 2, 6
    handler.save(trainer)
    resumed = trainer_with(2.0)
    handler.load(resumed, tmp_path / "scaled.pt")
    assert resumed.scaler.get_scale() == 8.0
    assert (resumed.state.epoch, resumed.state.iteration) == (2, 6)
    handler.load(toy_trainer(tmp_path), tmp_path / "scaled.pt")  # a device without mixed precision


@pytest.mark.parametrize(
    ("spelt", "resumes"), [("true", True), ("False", False), ("None", False), (None, False)]
)
def test_what_a_command_line_hands_over_is_understood(tmp_path, spelt, resumes):
    assert ResumeCheckpoint(tmp_path / "last.pt", resume=spelt).source == (
        tmp_path / "last.pt" if resumes else None
    )


def test_the_checkpoint_is_written_after_every_other_handler(tmp_path):
    seen = []

    class Late:
        def attach(self, engine) -> None:
            engine.add_event_handler(
                Events.EPOCH_COMPLETED, lambda: seen.append((tmp_path / "last.pt").exists())
            )

    toy_trainer(tmp_path, max_epochs=2, extra_handlers=(Late(),)).run()
    assert seen == [False, True]
