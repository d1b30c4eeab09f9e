from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch
from ignite.engine import Engine, Events
from tests.engines.toy_training import toy_trainer
from torch import nn

from textguide.handlers import WeightAverage


def engine_of(network: nn.Module) -> SimpleNamespace:
    return SimpleNamespace(network=network)


def test_the_average_moves_by_the_share_of_its_step():
    network = nn.Linear(1, 1, bias=False)
    average = WeightAverage(decay=0.9, evaluator=Engine(lambda *_: None))
    expected = None
    for step, value in enumerate([1.0, 3.0, -2.0, 5.0]):
        nn.init.constant_(network.weight, value)
        average.update(engine_of(network))
        decay = min(0.9, (1 + step) / (10 + step))
        expected = value if expected is None else decay * expected + (1 - decay) * value
    assert average.average["weight"].item() == pytest.approx(expected)


def test_statistics_are_averaged_and_counters_copied():
    network = nn.BatchNorm1d(2).train()
    average = WeightAverage(decay=0.5, evaluator=Engine(lambda *_: None))
    for _ in range(3):
        network(torch.randn(4, 2) + 5)
        average.update(engine_of(network))
    assert average.average["num_batches_tracked"].item() == 3
    assert not torch.equal(average.average["running_mean"], network.running_mean)
    assert (average.average["running_mean"] > 0).all()


def test_a_validation_sees_the_average_and_the_training_its_own_weights(tmp_path):
    seen = []
    trainer = toy_trainer(tmp_path, max_epochs=2, average=0.5)
    handler = trainer.resumable["weight_average"]

    def weight() -> torch.Tensor:
        return trainer.network.head.weight.detach().clone()

    trainer.add_event_handler(Events.ITERATION_COMPLETED(every=3), lambda: seen.append(("step", weight())))
    handler.evaluator.add_event_handler(
        Events.ITERATION_COMPLETED(once=1), lambda: seen.append(("first", weight()))
    )
    trainer.add_event_handler(Events.EPOCH_COMPLETED, lambda: seen.append(("after", weight())))
    trainer.run()
    assert [name for name, _ in seen][:3] == ["step", "first", "after"]
    step, validated, after = (value for _, value in seen[:3])
    assert torch.equal(step, after)
    assert not torch.equal(step, validated)


def test_the_best_weights_on_disk_are_the_average(tmp_path):
    trainer = toy_trainer(tmp_path, max_epochs=1, average=0.5)
    trainer.run()
    stored = torch.load(tmp_path / "model.pt", weights_only=True)
    average = trainer.resumable["weight_average"].average
    assert stored.keys() == trainer.network.state_dict().keys()
    for name, value in stored.items():
        assert torch.equal(value, average[name]), name
    assert not torch.equal(stored["head.weight"], trainer.network.head.weight)


def test_without_a_decay_the_training_is_the_one_without_the_handler(tmp_path):
    states = []
    for name in ("off", "absent"):
        trainer = toy_trainer(tmp_path / name, max_epochs=1, average=None)
        if name == "off":
            WeightAverage(decay=None, evaluator=trainer.resumable["early_stop"].evaluator).attach(trainer)
        trainer.run()
        assert "weight_average" not in trainer.resumable
        states.append(torch.load(tmp_path / name / "model.pt", weights_only=True))
    for name, value in states[0].items():
        assert torch.equal(value, states[1][name]), name


@pytest.mark.parametrize("decay", [0, 1, 1.5])
def test_a_decay_that_is_no_share_is_refused(decay):
    with pytest.raises(ValueError, match="decay is"):
        WeightAverage(decay=decay, evaluator=Engine(lambda *_: None))
