from __future__ import annotations

import csv
import errno
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from tests.toy_bundle import halves, make_toy_bundle, make_writing_bundle

from textguide.cli import main
from textguide.writers import ResultsFile

TEXTS = [
    "3",
    "None",
    "a,b",
    "left #2",
    "$x",
    "@a",
    "%b",
    '"q"',
    "-x",
    "--bundle=y",
    "-",
    "--",
    "",
    "é\n\u202e漢",
]


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


def results() -> dict[str, dict]:
    return ResultsFile(Path("out") / "segmentations.jsonl").records


def halves_of(line: dict) -> tuple[float, float]:
    return halves(np.asarray(Image.open(Path("out") / line["mask"])).T > 0)


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
        assert halves_of(line) == (1.0, 0.0)
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
    assert halves_of(results()["a"]) == (0.0, 1.0)
    assert len(results()) == 1
    os.utime(folder / "a.png", (2e9, 2e9))
    assert main([*line, "--text=right"]) == 0
    assert "finished already" not in capsys.readouterr().out.split("out/a_mask.png")[-1]


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
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
    assert halves_of(results()["a"]) == (1.0, 0.0)
    assert results()["a"]["text_source"] == "report"
    make_datalist(folder, "patient")
    assert main(line) == 0
    assert halves_of(results()["a"]) == (0.0, 1.0)
    assert main([*line, "--side=image"]) == 0
    assert halves_of(results()["a"]) == (1.0, 0.0)
    assert main([*line, "--section=training"]) == 1
    assert "no case in training; use --section=testing" in capsys.readouterr().err


def test_results_among_the_films_are_no_films(
    folder: Path, bundle: str, capsys: pytest.CaptureFixture[str]
) -> None:
    line = ["segment", "in", f"--bundle={bundle}"]
    assert main([*line, "--output=in/out"]) == 1
    capsys.readouterr()
    for output in ("in/out", "elsewhere"):
        assert main([*line, f"--output={output}"]) == 1
        printed = capsys.readouterr().out
        assert "note: 'in/out' holds results of an earlier run, and is left out\n" in printed
        assert f"5 of 8 segmented: {output}" in printed
    assert main(["segment", "in/out", f"--bundle={bundle}", "--output=again"]) == 1
    assert capsys.readouterr().err == (
        "error: 'in/out' holds results of an earlier run; give a folder of films.\n"
    )


def test_an_output_among_the_films_is_refused_before_anything_is_written(
    folder: Path, bundle: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = sorted(folder.rglob("*"))
    for source, output in (("in", "in"), ("in/a.png", "in"), ("in/a.png", "in/../in"), ("in", "in/ward #1")):
        assert main(["segment", source, f"--bundle={bundle}", f"--output={output}"]) == 1
        assert "choose another output folder" in capsys.readouterr().err
    Path("a_mask.png").write_bytes(b"drawn by hand")
    assert main(["segment", "in/a.png", f"--bundle={bundle}", "--output=."]) == 1
    assert "'a_mask.png' is no result" in capsys.readouterr().err
    assert sorted(folder.rglob("*")) == before
    assert Path("a_mask.png").read_bytes() == b"drawn by hand"


def test_what_could_not_be_looked_into_is_named_and_counts_as_a_failure(
    folder: Path, bundle: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("empty.png", "text.png", "cut.png"):
        (folder / name).unlink()
    (folder / "locked").mkdir()
    (folder / "IM001").write_bytes(bytes(128) + b"DICM")
    (folder / "linked").symlink_to("locked")
    os.mkfifo(folder / "pipe")
    scandir, opened = os.scandir, open

    def refuse(real: Callable[..., Any], *names: str) -> Callable[..., Any]:
        def call(path: Any, *rest: Any, **options: Any) -> Any:
            if str(path).endswith(names):
                raise PermissionError(errno.EACCES, "Permission denied", str(path))
            return real(path, *rest, **options)

        return call

    monkeypatch.setattr(os, "scandir", refuse(scandir, "locked"))  # root may read everything
    monkeypatch.setattr("builtins.open", refuse(opened, "IM001"))
    assert main(["segment", "in", f"--bundle={bundle}", "--output=out"]) == 1
    printed = capsys.readouterr().out
    assert "note: 'in/linked' is a link to a folder, and is left out" in printed
    assert "5 of 5 segmented" in printed
    assert printed.endswith(
        "2 folders or files could not be looked into:\n"
        "  in/IM001: Permission denied\n  in/locked: Permission denied\n"
    )
    assert main(["segment", "in/locked", f"--bundle={bundle}", "--output=out"]) == 1
    assert "no image that could be looked into (in/locked: Permission denied)" in capsys.readouterr().err
    Path("none").mkdir()
    assert main(["segment", "none", f"--bundle={bundle}"]) == 1
    assert "holds no image;" in capsys.readouterr().err


def test_a_bundle_that_is_not_there_is_one_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["segment", "in", "--bundle=$(nowhere)"]) == 1
    assert "there is no bundle '$(nowhere)'" in capsys.readouterr().err


def test_a_network_that_shows_nothing_is_one_line(
    folder: Path, bundle: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["segment", "in", f"--bundle={bundle}", "--output=out", "--explain"]) == 1
    assert capsys.readouterr().err == (
        "error: the network of 'toy_segmentation' cannot show what it looked at.\n"
    )
    assert not Path("out").exists()


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


def test_a_network_that_writes_tells_what_it_wrote_and_follows_what_is_edited(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    rows = np.zeros((30, 40), np.uint8)
    rows[:, 25:] = 255
    Image.fromarray(rows).save("film.png")
    line = ["segment", "film.png", f"--bundle={make_writing_bundle(tmp_path / 'writer')}", "--output=out"]
    assert main([*line, "--explain"]) == 0
    assert 'film: the network wrote: "unilateral pulmonary infection' in capsys.readouterr().out
    report = json.loads(Path("out/film.json").read_text())
    assert (report["source"], halves_of(results()["film"])) == ("written", (0.0, 1.0))
    assert Path("out/film_words.png").is_file()
    mask = Path("out/film_mask.png").read_bytes()
    assert main([*line, f"--text={report['sentence']}"]) == 0
    assert Path("out/film_mask.png").read_bytes() == mask
    assert not Path("out/film_words.png").exists()
    assert main([*line, f"--text={report['sentence'].replace('right', 'left')}"]) == 0
    assert halves_of(results()["film"]) == (1.0, 0.0)
    assert json.loads(Path("out/film.json").read_text())["written"]["sentence"] == report["sentence"]
