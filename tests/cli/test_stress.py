from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.toy_bundle import make_toy_bundle

import textguide.cli.stress as stress
from textguide.cli import main


def entry(value: float) -> dict[str, Any]:
    return {"global": {"dice": {"value": value, "low": None, "high": None}}}


REPORT: dict[str, Any] = {
    "n": 3,
    "conditions": {
        "right": entry(0.8) | {"kind": "right", "n": 3},
        "paraphrase:table": entry(0.7) | {"kind": "held_out", "n": 2, "difference": entry(-0.1)},
        "empty": entry(0.5) | {"kind": "attack", "n": 3, "difference": entry(-0.3)},
    },
    "side_warnings": {"right": {"n": 0}, "side_swapped": {"n": 2, "text_free_mask": {"value": 0.5}}},
    "twins": {"n": 0},
}


def test_the_arguments_arrive_as_they_were_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []
    monkeypatch.setattr(stress, "run_stress", lambda *given, **options: seen.append((given, options)))
    assert main(["stress", "$b", "--data=@d #1", "--section=testing", "--cases=12", "--output=%o"]) == 0
    assert seen[0][0] == ("$b", "@d #1", "testing", "%o", 12)
    assert main(["stress", "b"]) == 2
    assert main(["stress", "b", "--data=d", "--cases=many"]) == 2


def test_what_is_missing_is_said_before_anything_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    path = make_toy_bundle(tmp_path / "toy")
    assert main(["stress", str(path), "--data=nowhere"]) == 1
    assert "nowhere" in capsys.readouterr().err
    monkeypatch.setitem(__import__("sys").modules, "matplotlib.figure", None)
    assert main(["stress", str(path), "--data=nowhere"]) == 1
    assert "needs matplotlib" in capsys.readouterr().err


def test_the_last_lines_name_the_worst_wording_and_the_warnings() -> None:
    assert stress.summary(REPORT) == [
        "right sentences: global Dice 0.8000 over 3 cases",
        "table: 0.7000, -0.1000 against the right sentences of the same 2 cases",
        "left and right exchanged: a warning about the side for 50.0% of 2 one-sided sentences",
    ]
