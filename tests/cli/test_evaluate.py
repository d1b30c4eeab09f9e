from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from tests.toy_bundle import make_toy_bundle

from textguide.cli import main

EVALUATION = {
    **dict.fromkeys(("section", "dataset_dir", "output_dir", "ckpt_path"), "none"),
    "imports": ["$from pathlib import Path"],
    "run": [
        "$Path(@output_dir).mkdir()",
        "$Path(@output_dir, 'seen').write_text(chr(10).join([@dataset_dir, @section, @ckpt_path]))",
    ],
}


def test_evaluate_hands_its_paths_to_monai_verbatim(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    path = make_toy_bundle(tmp_path / "toy #1")
    (path / "configs" / "train.json").write_text('{"bundle_root": "."}')
    (path / "configs" / "evaluate.json").write_text(json.dumps(EVALUATION))
    (path / "configs" / "other_set.json").write_text('{"section": "overlaid"}')
    data = "$__import__('os').mkdir('hacked') #2"
    Path(data).mkdir()
    line = ["evaluate", data, f"--bundle={path}", "--section=testing"]
    assert main([*line, "--output=@out #3", "--overlay=other_set"]) == 0
    seen = Path("@out #3/seen").read_text().splitlines()
    assert seen == [str(tmp_path / data), "testing", str(path / "models" / "model.pt")]
    assert not Path("hacked").exists()
    assert main([*line, "--overlay=nothing"]) == 1
    assert "the bundle has other_set" in capsys.readouterr().err
    assert main(["evaluate", "nowhere", f"--bundle={path}"]) == 1
    assert main([*line, "--weights=nowhere.pt"]) == 1


def test_what_no_evaluation_can_use_is_refused_before_it_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    path = make_toy_bundle(tmp_path / "toy")
    (path / "configs" / "train.json").write_text('{"bundle_root": "."}')
    (path / "configs" / "evaluate.json").write_text(json.dumps(EVALUATION))
    (path / "configs" / "broken.json").write_text("{")
    state = torch.load(path / "models" / "model.pt", weights_only=True)
    torch.save({**state, "lean": state["lean"] * float("nan")}, "nan.pt")
    line = ["evaluate", str(tmp_path), f"--bundle={path}", "--output=out"]
    for flag, reason in (
        ("--weights=nan.pt", "1 of 2 tensors hold values that are not finite"),
        ("--overlay=broken", "broken.json' is not JSON"),
        ("--device=cuda:99", "the device 'cuda:99' cannot be used here"),
    ):
        assert main([*line, flag]) == 1, flag
        (printed,) = capsys.readouterr().err.splitlines()
        assert reason in printed
    assert not Path("out").exists()
    assert main(line) == 0
