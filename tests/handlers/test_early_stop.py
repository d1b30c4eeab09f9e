from __future__ import annotations

import csv
import logging

import pytest
from ignite.engine import Engine
from tests.engines.toy_training import toy_trainer

from textguide.handlers import EarlyStop


def epochs(folder) -> list[int]:
    return [int(row["epoch"]) for row in csv.DictReader((folder / "train.csv").open())]


def stuck_trainer(folder, **options):
    """A training whose validation is the same at every epoch."""
    trainer = toy_trainer(folder, average=None, **options)
    evaluator = trainer.resumable["early_stop"].evaluator
    evaluator.metric_cmp_fn = lambda current, best: False
    return trainer


def test_it_stops_after_its_patience_and_says_since_when(tmp_path, caplog):
    with caplog.at_level(logging.INFO):
        stuck_trainer(tmp_path, max_epochs=9, patience=2).run()
    assert epochs(tmp_path) == [1, 2, 3]
    assert "no better validation since epoch 1, 2 in a row" in caplog.text


def test_it_never_stops_a_training_that_improves(tmp_path):
    trainer = toy_trainer(tmp_path, max_epochs=4, patience=1)
    trainer.resumable["early_stop"].evaluator.metric_cmp_fn = lambda current, best: True
    trainer.run()
    assert epochs(tmp_path) == [1, 2, 3, 4]


def test_the_count_goes_on_after_a_resume_and_a_stop_stays_a_stop(tmp_path):
    stuck_trainer(tmp_path, max_epochs=2, patience=3).run()
    stuck_trainer(tmp_path, max_epochs=9, patience=3, resume=True).run()
    assert epochs(tmp_path) == [1, 2, 3, 4]
    stuck_trainer(tmp_path, max_epochs=9, patience=3, resume=True).run()
    assert epochs(tmp_path) == [1, 2, 3, 4]
    stuck_trainer(tmp_path, max_epochs=9, patience=4, resume=True).run()
    assert epochs(tmp_path) == [1, 2, 3, 4, 5]


def test_a_patience_of_nothing_is_refused():
    with pytest.raises(ValueError, match="patience is 0"):
        EarlyStop(patience=0, evaluator=Engine(lambda *_: None))
