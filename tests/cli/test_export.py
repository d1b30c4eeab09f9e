from __future__ import annotations

from pathlib import Path

import pytest
from tests.toy_bundle import make_toy_bundle

from textguide.cli import main
from textguide.cli.export import summary
from textguide.segmenter.export import Export


def test_the_file_is_written_into_a_folder_that_is_made_and_said_with_its_size(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bundle, file = make_toy_bundle(tmp_path / "toy"), tmp_path / "new" / "model.ts"
    assert main(["export", str(bundle), str(file)]) == 0
    size = file.stat().st_size
    assert capsys.readouterr().out == f"written: {file}, {size:,} bytes, 2,404 parameters\n"


def test_what_cannot_be_exported_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bundle = make_toy_bundle(tmp_path / "toy")
    for words in (["--text_free"], ["--weights=nowhere.pt"], ["--device=abacus"]):
        assert main(["export", str(bundle), str(tmp_path / "model.ts"), *words]) == 1
        printed = capsys.readouterr().err
        assert printed.startswith("error: the ")
        assert printed.count("\n") == 1
    assert not (tmp_path / "model.ts").exists()


def test_what_left_the_network_is_told_beside_the_whole() -> None:
    lines = summary(Export(Path("model.ts"), 1000, 200, left_out_bytes=500, left_out_parameters=100))
    assert lines == [
        "written: model.ts, 1,000 bytes, 200 parameters",
        "left out: the text encoder, 100 of 300 parameters and 500 bytes",
    ]
