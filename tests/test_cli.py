from __future__ import annotations

import csv
import functools
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from PIL import Image
from tests.toy_bundle import METADATA, make_toy_bundle

import textguide.cli.commands as commands
from textguide.cli import main
from textguide.cli.gate import Refused, check_arguments, first_argument, read_parameters
from textguide.writers import ResultsFile

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


PARAMETERS = read_parameters(example)


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


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("a b c", "'c' is one argument too many"),
        ("", "IMAGES must be given"),
        ("a --txt=3", "there is no flag --txt; did you mean --text?"),
        ("a -t", "there is no flag -t"),
        ("a --text", "--text needs a value"),
        ("a --text --count=3", "--text needs a value; write --text=--count=3"),
        ("a --count=3.5", "--count is '3.5'; allowed: a whole number"),
        ("a --count=", "allowed: a whole number"),
        ("a --rate=x", "allowed: a number"),
        ("a --side=up", "--side is 'up'; allowed: image, patient"),
        ("a --over-write=maybe", "allowed: true or false"),
        ("a --count=1 --count=2", "--count is given twice"),
        ("a --images=b --images=c", "--images is given twice"),
    ],
)
def test_what_is_not_understood_is_refused_with_its_reason(line: str, reason: str) -> None:
    with pytest.raises(Refused) as caught:
        check_arguments(PARAMETERS, line.split())
    assert reason in str(caught.value)


def test_a_positional_argument_may_be_named_and_a_switch_takes_no_next_argument() -> None:
    assert check_arguments(PARAMETERS, ["--images=a", "b"]) == {"images": "a", "name": "b"}
    assert check_arguments(PARAMETERS, ["--over-write", "a"]) == {"images": "a", "over_write": "true"}
    assert first_argument(PARAMETERS, ["--count", "3", "--over-write", "a", "b"]) == "a"
    assert first_argument(PARAMETERS, ["--count=3"]) is None


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


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(make_toy_bundle(tmp_path_factory.mktemp("bundles") / "toy_segmentation"))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Five films, three broken ones and two files that are no images, in `in` below the working directory."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "in"
    (folder / "ward #1").mkdir(parents=True)
    values = np.random.default_rng(0).integers(0, 255, (30, 40), dtype=np.uint8)
    for name in ("a.png", "a.jpg", "$x.png", "ward #1/a.png", "-b.tif"):
        Image.fromarray(values).save(folder / name)
    (folder / "empty.png").write_bytes(b"")
    (folder / "text.png").write_bytes(b"no image")
    (folder / "cut.png").write_bytes((folder / "a.png").read_bytes()[:300])
    (folder / "notes.txt").write_text("no image")
    (folder / ".hidden.png").write_bytes(b"")
    return folder


def results(output: str = "out") -> dict[str, dict]:
    return ResultsFile(Path(output) / "segmentations.jsonl").records


def halves(line: dict, output: str = "out") -> tuple[float, float]:
    rows = np.asarray(Image.open(Path(output) / line["mask"])) > 0
    return float(rows[:, :20].mean()), float(rows[:, 20:].mean())


def test_a_folder_with_broken_images_gives_every_mask_and_names_the_broken_ones(
    folder: Path, bundle: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["segment", "in", "--text=lower left lung", f"--bundle={bundle}", "--output=out"]) == 1
    printed = capsys.readouterr().out
    assert "5 of 8 segmented: out" in printed
    for name, reason in (
        ("empty.png", "is empty"),
        ("text.png", "known kind"),
        ("cut.png", "cannot be read"),
    ):
        assert f"  in/{name}: 'in/{name}'" in printed
        assert reason in printed
    assert set(results()) == {"a_png", "a_jpg", "$x", "ward #1/a", "-b"}
    for line in results().values():
        assert halves(line) == (1.0, 0.0)
        assert Image.open(Path("out") / line["overlay"]).width >= 512
        assert line["text"] == "lower left lung"
        assert line["text_source"] == "command"
        assert line["understood"]["zones"] == ["lower left"]
    assert not [path for path in Path("out").rglob("*") if "partial" in path.name]


def test_finished_cases_are_kept_another_sentence_replaces_them_and_overwrite_redoes_them(
    folder: Path, bundle: str, capsys: pytest.CaptureFixture[str]
) -> None:
    line = ["segment", "in/a.png", f"--bundle={bundle}", "--output=out"]
    assert main([*line, "--text=left"]) == 0
    mask = Path("out/a_mask.png")
    os.utime(mask, (2e9, 2e9))
    assert main([*line, "--text=left"]) == 0
    assert "1 of 1 cases are finished already" in capsys.readouterr().out
    assert mask.stat().st_mtime == 2e9
    assert main([*line, "--text=left", "--overwrite"]) == 0
    assert mask.stat().st_mtime != 2e9
    assert main([*line, "--text=right"]) == 0
    assert halves(results()["a"]) == (0.0, 1.0)
    assert len(results()) == 1
    os.utime(folder / "a.png", (2e9, 2e9))
    assert main([*line, "--text=right"]) == 0
    assert "finished already" not in capsys.readouterr().out.split("out/a_mask.png")[-1]


@pytest.mark.parametrize("text", VERBATIM[:17], ids=range(17))
def test_a_prompt_on_the_command_line_is_only_text(
    folder: Path, bundle: str, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["segment", "in/$x.png", f"--text={text}", f"--bundle={bundle}", "--output=out"]) == 0
    assert results()["$x"]["text"] == text


def test_each_image_gets_the_sentence_of_its_row(
    folder: Path, bundle: str, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [("a.png", "left"), ("WARD #1/A", "right"), ("$x", "=left, 'quoted'"), ("gone.png", "left")]
    with open("texts.csv", "w", newline="") as file:
        csv.writer(file).writerows([("Image", "Description"), *rows])
    assert main(["segment", "in", "--texts=texts.csv", f"--bundle={bundle}", "--output=out"]) == 1
    found = results()
    assert found["a_png"]["text"] == "left"
    assert found["ward #1/a"]["text"] == "right"
    assert found["$x"]["text"] == "=left, 'quoted'"
    assert (found["a_jpg"]["text"], found["a_jpg"]["text_source"]) == ("", "none")
    printed = capsys.readouterr().out
    assert "note: 5 images have no row" in printed
    assert "note: 1 rows of the table name no image" in printed


def test_wrong_tables_are_refused_before_anything_runs(
    folder: Path, bundle: str, capsys: pytest.CaptureFixture[str]
) -> None:
    line = ["segment", "in", "--texts=texts.csv", f"--bundle={bundle}", "--output=out"]
    for content, reason in (
        ("image,text\na.png,left\nA.PNG,right\n", "two different texts"),
        ("image,text\nz.png,left\n", "no row of"),
        ("picture,words\na.png,left\n", "image"),
    ):
        Path("texts.csv").write_text(content)
        assert main(line) == 1
        assert reason in capsys.readouterr().err
    assert main([*line, "--text=left"]) == 1
    assert "both given" in capsys.readouterr().err
    assert not Path("out").exists()


def make_datalist(folder: Path, side: str) -> None:
    record = {
        "image": "a.png", "label": None, "text": "lower left lung", "case_id": "a", "group_id": "a",
        "zones": None, "side_convention": side, "text_source": "report",
    }  # fmt: skip
    header = {"name": "toy", "modality": "CR", "labels": {"1": "x"}, "license_note": "none"}
    datalist = {**header, "training": [], "validation": [], "testing": [record]}
    (folder / "datalist.json").write_text(json.dumps(datalist))


def test_a_datalist_brings_its_sentences_and_its_side(
    folder: Path, bundle: str, capsys: pytest.CaptureFixture[str]
) -> None:
    line = ["segment", "in/datalist.json", f"--bundle={bundle}", "--output=out"]
    make_datalist(folder, "image")
    assert main(line) == 0
    assert halves(results()["a"]) == (1.0, 0.0)
    assert results()["a"]["text_source"] == "report"
    make_datalist(folder, "patient")
    assert main(line) == 0
    assert halves(results()["a"]) == (0.0, 1.0)
    assert main([*line, "--side=image"]) == 0
    assert halves(results()["a"]) == (1.0, 0.0)
    assert main([*line, "--section=training"]) == 1
    assert "no case in training; use --section=testing" in capsys.readouterr().err


def test_the_output_among_the_input_is_not_read_again_and_the_same_folder_is_refused(
    folder: Path, bundle: str, capsys: pytest.CaptureFixture[str]
) -> None:
    line = ["segment", "in", f"--bundle={bundle}"]
    assert main([*line, "--output=in/out"]) == 1
    assert main([*line, "--output=in/out"]) == 1
    assert "5 of 8 segmented" in capsys.readouterr().out.splitlines()[-5]
    assert main([*line, "--output=in"]) == 1
    assert "choose another one" in capsys.readouterr().err
    Path("none").mkdir()
    assert main(["segment", "none", f"--bundle={bundle}"]) == 1
    assert "holds no image" in capsys.readouterr().err


def test_a_bundle_that_is_not_there_is_one_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["segment", "in", "--bundle=$(nowhere)"]) == 1
    assert "there is no bundle '$(nowhere)'" in capsys.readouterr().err


def test_phantoms_become_a_datalist_and_masks(
    bundle: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    counts = ["--training=2", "--validation=1", "--testing=2", "--size=64"]
    assert main(["phantom", "chest", "%data #1", *counts]) == 0
    assert main(["datalist", "qata", "%data #1"]) == 0
    assert "testing 2" in capsys.readouterr().out
    datalist = next(Path("%data #1").rglob("datalist.json"))
    assert main(["segment", str(datalist), f"--bundle={bundle}", "--output=out"]) == 0
    assert len(results()) == 2
    assert main(["phantom", "chest", "%data #1"]) == 1


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
