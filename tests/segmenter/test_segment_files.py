from __future__ import annotations

import io
import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from textguide import Segmenter
from textguide.segmenter import FileCase, case_of_record, segment_files
from textguide.writers import ResultsFile


@pytest.fixture
def films(tmp_path: Path) -> Path:
    """Two films of one size in bytes and pixels; the second is the first, mirrored."""
    folder = tmp_path / "films"
    folder.mkdir()
    rows = np.zeros((30, 40), np.uint8)
    rows[:, 25:] = 255
    Image.fromarray(rows).save(folder / "a.bmp")
    Image.fromarray(rows[:, ::-1].copy()).save(folder / "b.bmp")
    return folder


def record(case_id: str, image: Path) -> dict[str, str]:
    return {
        "image": str(image), "given_text": "left", "given_side": "image", "case_id": case_id,
        "text_source": "report",
    }  # fmt: skip


def files_of(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))


@pytest.mark.parametrize(("first", "second"), [("x/y", "x_y"), (".x", "x"), ("X", "x"), ("x", "x")])
def test_cases_that_would_share_their_outputs_are_named_before_anything_is_written(
    segmenter: Segmenter, films: Path, tmp_path: Path, first: str, second: str
) -> None:
    records = [
        record(first, films / "a.bmp"),
        record("other", films / "a.bmp"),
        record(second, films / "b.bmp"),
    ]
    with pytest.raises(ValueError, match="would both be written as") as caught:
        segment_files(segmenter, [case_of_record(one) for one in records], tmp_path / "out")
    assert f"the cases {first!r} ('{films}/a.bmp') and {second!r} ('{films}/b.bmp')" in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_a_replaced_film_is_segmented_again_whatever_its_time(
    segmenter: Segmenter, films: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    case = FileCase(image=str(films / "a.bmp"), name="a")
    os.utime(films / "b.bmp", (1e9, 1e9))  # as a copy from an archive has it

    def left_half() -> float:
        assert segment_files(segmenter, [case], tmp_path / "out") == 0
        return float((np.asarray(Image.open(tmp_path / "out" / "a_mask.png"))[:, :20] > 0).mean())

    assert left_half() == 0
    assert left_half() == 0
    assert "1 of 1 cases are finished already" in capsys.readouterr().out
    os.replace(films / "b.bmp", films / "a.bmp")
    assert left_half() > 0.5
    assert "finished already" not in capsys.readouterr().out


def test_only_the_same_sentence_side_and_weights_are_finished(
    segmenter: Segmenter, films: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def finished(other: Segmenter = segmenter, **changes: str) -> bool:
        case = FileCase(
            **{"image": str(films / "a.bmp"), "name": "a", "text": "left", "side": "image"} | changes
        )
        assert segment_files(other, [case], tmp_path / "out") == 0
        return "finished already" in capsys.readouterr().out

    assert not finished()
    assert finished()
    assert not finished(text="right")
    assert not finished()
    assert not finished(side="patient")
    assert not finished()
    assert not finished(Segmenter(replace(segmenter.bundle, weights_sha256="0" * 64)))


def test_an_interrupted_case_has_no_line_that_speaks_of_its_old_sentence(
    segmenter: Segmenter, films: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cases(text: str) -> list[FileCase]:
        return [FileCase(image=str(films / "a.bmp"), name="a", text=text)]

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    out = tmp_path / "out"
    segment_files(segmenter, cases("left"), out)
    with monkeypatch.context() as patched:
        patched.setattr("textguide.writers.output_folder.write_overlay", killed)
        with pytest.raises(KeyboardInterrupt):
            segment_files(segmenter, cases("right"), out)
    assert ResultsFile(out / "segmentations.jsonl").records == {}
    assert segment_files(segmenter, cases("left"), out) == 0
    assert np.asarray(Image.open(out / "a_mask.png"))[:, :20].all()


def test_films_and_results_are_not_mixed(segmenter: Segmenter, films: Path) -> None:
    with pytest.raises(ValueError, match="would mix results with images"):
        segment_files(segmenter, [FileCase(image=str(films / "a.bmp"), name="a")], films)
    assert files_of(films) == ["a.bmp", "b.bmp"]


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_a_terminal_that_lacks_a_letter_fails_no_case(
    segmenter: Segmenter, films: Path, tmp_path: Path, encoding: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = films / os.fsdecode("漢é\udcff.bmp".encode("utf-8", "surrogateescape"))
    os.replace(films / "a.bmp", image)
    terminal = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    monkeypatch.setattr("sys.stdout", terminal)
    cases = [FileCase(image=str(image), name="漢é"), FileCase(image=str(films / "漢.bmp"), name="gone")]
    assert segment_files(segmenter, cases, tmp_path / "ö") == 1
    terminal.flush()
    printed = terminal.buffer.getvalue().decode(encoding)
    assert "1 of 2 segmented" in printed
    assert ("漢" if encoding == "utf-8" else "\\u6f22") in printed
    assert list(ResultsFile(tmp_path / "ö" / "segmentations.jsonl").records) == ["漢é"]


def test_half_a_surrogate_pair_in_an_id_a_path_or_a_sentence_stops_nothing(
    segmenter: Segmenter, films: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cases = [
        case_of_record(record("a\ud83d", films / "a.bmp") | {"given_text": "left \udcff"}),
        case_of_record(record("b", films / "\ud83d.bmp")),
        case_of_record(record("c", films / "a\0.bmp")),
    ]
    assert segment_files(segmenter, cases, tmp_path / "out") == 2
    printed = capsys.readouterr().out
    assert "1 of 3 segmented" in printed
    assert "\\ud83d.bmp: " in printed
    (line,) = ResultsFile(tmp_path / "out" / "segmentations.jsonl").records.values()
    assert (line["case"], line["text"]) == ("a_", "left \udcff")
    assert segment_files(segmenter, cases, tmp_path / "out") == 2
    assert "1 of 3 cases are finished already" in capsys.readouterr().out


def test_where_nothing_was_written_no_file_is_named(
    segmenter: Segmenter, films: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (
        segment_files(segmenter, [FileCase(image=str(films / "gone.png"), name="a")], tmp_path / "out") == 1
    )
    assert capsys.readouterr().out.startswith(f"0 of 1 segmented: {tmp_path}/out\n1 failed:\n")


def test_a_network_that_writes_leaves_its_report_beside_the_mask(
    writer: Segmenter, films: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cases = [
        FileCase(image=str(films / "a.bmp"), name="a", side="patient"),
        FileCase(image=str(films / "b.bmp"), name="b", text="lower right lung"),
    ]
    assert segment_files(writer, cases, tmp_path / "out") == 0
    printed = capsys.readouterr().out
    own, typed = (json.loads((tmp_path / "out" / f"{name}.json").read_text()) for name in "ab")
    assert own["source"] == "written"
    assert own["sentence"] == own["written"]["sentence"]
    assert own["sentence"].endswith("lower left lung.")
    assert own["read"].endswith("lower right lung.")
    assert own["written"]["zones"]["lower left"] == 1
    assert (typed["source"], typed["sentence"]) == ("typed", "lower right lung")
    assert typed["written"]["sentence"].endswith("lower left lung.")
    assert "explained" not in own
    assert f'a: the network wrote: "{own["sentence"]}"' in printed
    assert f'  the network itself would write: "{typed["written"]["sentence"]}"' in printed
    assert f"{tmp_path}/out/a.json" in printed
    line = ResultsFile(tmp_path / "out" / "segmentations.jsonl").records["a"]
    assert (line["report"], line["text"], line["written"]) == ("a.json", "", own["written"])
    assert segment_files(writer, cases, tmp_path / "out") == 0
    assert "2 of 2 cases are finished already" in capsys.readouterr().out


def test_what_is_asked_for_is_told_in_the_report_and_drawn(
    writer: Segmenter, films: Path, tmp_path: Path
) -> None:
    cases = [FileCase(image=str(films / "a.bmp"), name="a")]
    assert segment_files(writer, cases, tmp_path / "out", explain=True) == 0
    told = json.loads((tmp_path / "out" / "a.json").read_text())["explained"]
    assert [word["word"] for word in told["words"] if word["is_place"]] == ["lower", "right"]
    queries = told["queries"]
    assert (queries["count"], queries["heaviest"][0]["pixel_centre"]) == (3, [20.0, 15.0])
    assert "not boxes" in queries["what"]
    assert len(queries["heaviest"]) == 2
    assert (tmp_path / "out" / "a_words.png").is_file()
    assert (tmp_path / "out" / "a_explain_detector.png").is_file()
