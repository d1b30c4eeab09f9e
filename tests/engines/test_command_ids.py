from __future__ import annotations

import json
from pathlib import Path

import pytest

from textguide.engines.command_ids import check_command_ids

RUNNER = ["/site-packages/monai/bundle/__main__.py", "run"]


@pytest.fixture
def files(tmp_path: Path) -> str:
    train = {
        "epochs": 1,
        "learning_rate": 0.1,
        "train": {"trainer": {"_target_": "SupervisedTrainer", "max_epochs": "@epochs"}, "rows": [1, 2]},
    }
    (tmp_path / "train.json").write_text(json.dumps(train))
    (tmp_path / "overlay.json").write_text('{"section": "testing"}')
    return str([str(tmp_path / "train.json"), str(tmp_path / "overlay.json")])


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--epoch", "3"], "the command sets epoch, which the configuration does not have; epochs is meant?"),
        (["--learning-rat=3"], "sets learning-rat, .*; learning_rate is meant"),
        (["--train#traner#amp", "True"], "sets train#traner#amp"),
        (["--train::rows::7=x"], "sets train::rows::7"),
        (["--zebra"], "sets zebra, which the configuration does not have; see the keys"),
    ],
)
def test_an_id_that_nothing_reads_is_refused_with_the_one_that_is_meant(
    files: str, words: list[str], message: str
):
    with pytest.raises(ValueError, match=message):
        check_command_ids([*RUNNER, "--config_file", files, *words])


def test_ids_of_the_configuration_of_its_components_and_of_the_runner_pass(files: str):
    words = ["--epochs", "3", "--learning_rate=-1", "--section", "--x y", "--train#rows#1", "0"]
    check_command_ids([*RUNNER, "--config_file", files, *words[:4], "x"])
    check_command_ids([*RUNNER, f"--config_file={files}", "--train#trainer#amp", "True", *words[5:]])
    check_command_ids([*RUNNER, "--run_id=run", "--logging_file", "x.conf", "--config_file", files])


def test_other_programs_and_commands_without_files_are_not_looked_at(files: str):
    check_command_ids(["/usr/bin/monailabel", "start_server", "--config_file", files, "--zebra", "1"])
    check_command_ids([RUNNER[0], "ckpt_export", "--config_file", files, "--zebra", "1"])
    check_command_ids([*RUNNER, "--args_file", "x.json", "--zebra", "1"])
    check_command_ids([""])
