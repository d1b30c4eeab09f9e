from __future__ import annotations

import json
from pathlib import Path

import pytest
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
