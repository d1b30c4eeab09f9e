from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from monai.bundle import ConfigParser
from tests.toy_bundle import make_toy_bundle

import textguide.cli.commands as commands
from textguide.cli import main
from textguide.cli.reason import first_line
from textguide.weights import read_weights


def caught(function: object, *arguments: object) -> BaseException:
    try:
        function(*arguments)  # type: ignore[operator]
    except Exception as error:
        return error
    raise AssertionError("it raised nothing")


def test_our_own_line_hides_neither_behind_what_it_wraps_nor_behind_what_wraps_it(tmp_path: Path) -> None:
    (tmp_path / "model.pt").write_bytes(b"")
    error = caught(read_weights, tmp_path / "model.pt")
    assert isinstance(error.__cause__, EOFError)
    assert first_line(error) == str(error)
    assert "model.pt" in first_line(error)
    component = {
        "_target_": "textguide.data.load_datalist",
        "dataset_dir": str(tmp_path),
        "section": "testing",
    }
    wrapped = caught(ConfigParser({"a": component}).get_parsed_content, "a")
    assert isinstance(wrapped, RuntimeError)
    assert first_line(wrapped).startswith(f"'{tmp_path}/datalist.json' is missing; make it with")


def test_of_others_errors_the_innermost_speaks_in_one_line() -> None:
    def wrap() -> None:
        try:
            json.loads("{")
        except ValueError as error:
            raise RuntimeError("outer") from error

    def many_lines() -> None:
        raise RuntimeError("\n\nfirst\nsecond")

    assert first_line(caught(wrap)).startswith("Expecting property name")
    assert first_line(caught(many_lines)) == "first"
    assert first_line(KeyError("x")) == "KeyError: 'x'"
    assert first_line(AssertionError()) == "AssertionError"
    assert first_line(caught(open, "nowhere")) == "No such file or directory: nowhere"
    assert len(first_line(ValueError("x" * 10**6))) < 1100


@pytest.mark.filterwarnings("ignore:Detected pickle protocol")
def test_advice_to_run_the_code_of_a_file_is_never_passed_on(tmp_path: Path) -> None:
    torch.save({"a": Path("x")}, tmp_path / "foreign.pt")
    error = caught(lambda: torch.load(tmp_path / "foreign.pt", weights_only=True))
    assert "weights_only" in str(error)
    assert "weights_only" not in first_line(error)


def test_what_nobody_expected_is_one_line_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken() -> None:
        raise KeyError("sheet1")

    monkeypatch.setitem(commands.COMMANDS, "broken", broken)
    assert main(["broken"]) == 1
    assert capsys.readouterr().err == (
        "error: KeyError: 'sheet1' (TEXTGUIDE_TRACEBACK=1 shows where it comes from)\n"
    )
    monkeypatch.setenv("TEXTGUIDE_TRACEBACK", "1")
    with pytest.raises(KeyError):
        main(["broken"])


def test_broken_files_tables_and_devices_are_one_line_of_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    bundle = make_toy_bundle(tmp_path / "toy")
    (tmp_path / "film.png").write_bytes(b"never read")
    (tmp_path / "broken.xlsx").write_bytes(b"PK no workbook")
    (tmp_path / "huge.csv").write_text("image,text\nfilm.png," + "x" * 200_000)
    (tmp_path / "empty.pt").write_bytes(b"")
    torch.save({"a": Path("x")}, tmp_path / "foreign.pt")
    line = ["segment", "film.png", f"--bundle={bundle}", "--output=out"]
    for flag, reason in (
        ("--device=cuda:99", "the device 'cuda:99' cannot be used here"),
        ("--device=", "the device '' cannot be used here"),
        ("--texts=broken.xlsx", ""),
        ("--texts=huge.csv", ""),
        ("--weights=empty.pt", "'empty.pt' is not a file of weights, or it is broken"),
        ("--weights=foreign.pt", "'foreign.pt' is not a file of weights, or it is broken"),
    ):
        assert main([*line, flag]) == 1, flag
        (printed,) = capsys.readouterr().err.splitlines()
        assert printed.startswith(f"error: {reason}"), flag
    assert not Path("out").exists()
    (bundle / "configs" / "inference.json").write_text("{")
    assert main(line) == 1
    assert "inference.json' is not JSON: Expecting" in capsys.readouterr().err
