from __future__ import annotations

import functools
import subprocess
import sys
from pathlib import Path
from typing import Literal

import pytest

import textguide.cli.commands as commands
from textguide.cli import main
from textguide.cli.gate import read_parameters

VERBATIM = [
    "3", "None", "True", "a,b", "left #2", "left #lung", "$x", "@a", "%b", '"q"', "'q'", "[1]", "{'a': 1}",
    "-x", "--bundle=y", "-", "--", "", " ", "a=b", "é\n\u202e漢", "x" * 10_000,
]  # fmt: skip


def example(
    images: str,
    name: str = "n",
    *,
    text: str | None = None,
    count: int = 1,
    rate: float | None = None,
    side: Literal["image", "patient"] = "image",
    over_write: bool = False,
) -> None:
    """Example."""


@pytest.mark.parametrize("value", VERBATIM, ids=range(len(VERBATIM)))
def test_a_value_arrives_verbatim_through_gate_and_fire(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = {}
    monkeypatch.setitem(
        commands.COMMANDS, "example", lambda images, *, text=None: seen.update(images=images, text=text)
    )
    assert main(["example", f"--text={value}", "--", value]) == 0
    assert seen == {"images": value, "text": value}


def test_values_are_converted_by_their_annotation(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = {}

    @functools.wraps(example)
    def command(*args: object, **options: object) -> None:
        seen.update(options, images=args[0])

    monkeypatch.setitem(commands.COMMANDS, "example", command)
    assert main(["example", "3", "--count=-2", "--rate", "1e-3", "--side=patient", "--over-write"]) == 0
    assert seen == {"images": "3", "count": -2, "rate": 0.001, "side": "patient", "over_write": True}
    assert main(["example", "3", "--over_write=no"]) == 0
    assert seen["over_write"] is False


def test_a_refused_line_runs_nothing_and_exits_with_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(commands.COMMANDS, "example", example)
    monkeypatch.setattr("textguide.cli._call", lambda *_: pytest.fail("it ran"))
    assert main(["example", "a", "--txt=3"]) == 2
    printed = capsys.readouterr().err.splitlines()
    assert printed[0] == "error: there is no flag --txt; did you mean --text?"
    assert printed[1].startswith("usage: textguide example IMAGES [NAME] [--text=TEXT]")
    assert main(["nothing"]) == 2
    assert main(["datalist", "nothing", "x"]) == 2


def test_help_is_made_of_docstrings_and_shows_the_options_of_the_named_data_set(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main([]) == main(["--help"]) == 0
    overview = capsys.readouterr().out
    assert all(name in overview for name in commands.COMMANDS)
    assert main(["segment", "--help"]) == 0
    assert "--batch-size       pictures in one pass" in capsys.readouterr().out
    assert main(["datalist", "kvasir", "--help"]) == 0
    assert "--prompt" in capsys.readouterr().out
    assert main(["--version"]) == 0


PATHS = {
    "datalist": {"root"},
    "zones": {"folder", "bundle", "text_encoder", "table", "output"},
    "phantom": {"folder"},
    "segment": {"images", "texts", "bundle", "output", "weights"},
    "evaluate": {"dataset", "bundle", "output", "weights"},
    "stress": {"bundle", "data", "output", "weights"},
    "export": {"bundle", "file", "weights"},
    "doctor": {"bundle"},
}


@pytest.mark.parametrize("name", list(PATHS))
def test_an_empty_path_is_refused_in_every_command(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("textguide.cli._call", lambda *_: pytest.fail("it ran"))
    parameters = read_parameters(commands.COMMANDS[name])
    assert {key for key, one in parameters.items() if one.takes_path} == PATHS[name]
    first = next(iter(commands.option_sources(name)), "x")
    free = {key: first for key, one in parameters.items() if one.positional or one.required}
    for key in PATHS[name]:
        assert main([name, *(f"--{one}={value}" for one, value in (free | {key: ""}).items())]) == 2
        assert "is ''; allowed: a path that is not empty" in capsys.readouterr().err


def test_paths_among_the_options_of_a_data_set_may_not_be_empty_either(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["datalist", "table", "x", "--dataset-dir="]) == 2
    assert main(["datalist", "kvasir", "x", "--annotations="]) == 2
    assert capsys.readouterr().err.count("is ''; allowed: a path that is not empty") == 2


def test_what_is_chosen_among_stands_in_the_usage_and_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["phantom"]) == 2
    assert capsys.readouterr().err.endswith("usage: textguide phantom chest|polyp FOLDER\n")
    assert main(["phantom", "--help"]) == 0
    printed = capsys.readouterr().out
    assert "with chest         --training --validation" in printed
    assert "with polyp         --training --validation" in printed
    assert main(["phantom", "chest", "--help"]) == 0
    printed = capsys.readouterr().out
    assert "[--texts=annotation|workbook|both]" in printed
    assert "with polyp" not in printed
    assert "``" not in printed
    table = printed.split("\n\n")[-1].splitlines()
    texts = [len(line) - len(line.split(maxsplit=1)[1]) for line in table if line[0] != " "]
    assert len(set(texts)) == 1  # one column
    seed = next(line for line in table if line.startswith("--seed"))
    assert seed.endswith("(default: 0)")


@pytest.mark.parametrize("name", ["../x.json", "a/b", "/x", "", ".", ".."])
def test_a_datalist_stays_in_its_folder(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "data").mkdir()
    assert main(["datalist", "qata", str(tmp_path / "data"), f"--filename={name}"]) == 1
    assert "allowed: a name" in capsys.readouterr().err
    assert [path.name for path in tmp_path.rglob("*")] == ["data"]


@pytest.mark.parametrize("name", list(commands.COMMANDS))
def test_every_flag_is_described(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([name, "--help"]) == 0
    assert all(
        f"        {key}: " in str(commands.COMMANDS[name].__doc__)
        for key in read_parameters(commands.COMMANDS[name])
    )


def test_help_comes_without_pytorch() -> None:
    code = "import sys; from textguide.cli import main; main(['--help']); sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


def test_an_error_is_one_line_and_exits_with_1(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["segment", "nowhere.png"]) == 1
    captured = capsys.readouterr()
    assert captured.err == "error: 'nowhere.png' does not exist; give an image, a folder or a datalist.\n"
