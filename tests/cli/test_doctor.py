from __future__ import annotations

from pathlib import Path

import pytest
from tests.toy_bundle import METADATA, make_toy_bundle

from textguide.cli import main


def test_doctor_finds_what_is_wrong_with_a_bundle(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = make_toy_bundle(
        tmp_path / "toy", unread=3, lost="@nowhere#x", odd={"_target_": "nowhere.Thing", "x": "@odd2"}
    )
    (path / "configs" / "train.json").write_text('{"run": ["$1"]}')
    assert main(["doctor", str(path)]) == 1
    printed = capsys.readouterr().out
    for problem in (
        "inference: nothing reads the key unread",
        "inference: lost refers to @nowhere",
        "inference: odd: there is no nowhere.Thing",
        "inference: odd::x refers to @odd2",
    ):
        assert problem.replace("::", "#") in printed.replace("::", "#")
    (path / "models" / "model.pt").unlink()
    (path / "configs" / "train.json").write_text("{")
    assert main(["doctor", str(path)]) == 1
    printed = capsys.readouterr().out
    assert "train: train.json is not JSON" in printed
    assert "are missing" in printed


def test_doctor_is_content_with_a_sound_bundle(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = make_toy_bundle(tmp_path / "toy", metadata=METADATA | {"monai_version": "0.1"})
    (path / "configs" / "train.json").write_text('{"run": ["$1"]}')
    assert main(["doctor", str(path)]) == 0
    printed = capsys.readouterr().out
    assert "weights load strictly" in printed
    assert "tested with monai 0.1" in printed
    assert printed.endswith("ready\n")
