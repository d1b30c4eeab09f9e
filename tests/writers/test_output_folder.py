from __future__ import annotations

import errno
import fcntl
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from textguide.writers import OutputFolder, SentencePicture, WeightedWord, is_output_folder


def write(folder: OutputFolder, name: str, **record: object) -> dict:
    meta = {"kind": "PNG", "filename_or_obj": f"in/{name}.png"}
    return folder.write(name, np.zeros((1, 4, 3)), np.ones((4, 3), np.uint8), meta, **record)


def test_a_case_is_finished_when_its_line_fits_and_its_files_are_there(tmp_path: Path) -> None:
    line = write(OutputFolder(tmp_path), "ward/film", text="left")
    assert line["mask"] == "ward/film_mask.png"
    assert line["overlay"] == "ward/film_overlay.png"
    again = OutputFolder(tmp_path)
    assert again.finished("ward/film", image="in/ward/film.png", text="left")
    assert not again.finished("ward/film", text="right")
    assert not again.finished("other")
    (tmp_path / line["mask"]).unlink()
    assert not again.finished("ward/film", text="left")


def test_nothing_is_made_before_the_block_begins_and_an_empty_path_is_refused(tmp_path: Path) -> None:
    OutputFolder(tmp_path / "out")
    assert not (tmp_path / "out").exists()
    with pytest.raises(ValueError, match="empty path"):
        OutputFolder("")


def test_a_folder_takes_one_run_at_a_time_and_is_open_again_when_that_one_is_killed(tmp_path: Path) -> None:
    code = "import sys, time; from textguide.writers import OutputFolder\n"
    code += "with OutputFolder(sys.argv[1]): print('in', flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE) as other:
        assert other.stdout
        assert other.stdout.readline() == b"in\n"
        with pytest.raises(ValueError, match="another run is writing into"), OutputFolder(tmp_path):
            pass
        other.kill()
    with OutputFolder(tmp_path) as folder:
        write(folder, "a")
        with pytest.raises(ValueError, match="another run"), OutputFolder(tmp_path):
            pass
    with OutputFolder(tmp_path) as folder:
        assert list(folder.results.records) == ["a"]


def test_the_lines_of_the_run_before_are_read_behind_the_lock(tmp_path: Path) -> None:
    late = OutputFolder(tmp_path)
    with OutputFolder(tmp_path) as first:
        write(first, "a")
    with late:
        write(late, "a")
        write(late, "b")
    assert list(OutputFolder(tmp_path).results.records) == ["a", "b"]


def test_a_file_system_without_locks_is_written_to_with_a_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def no_locks(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", no_locks)
    with OutputFolder(tmp_path) as folder:
        write(folder, "a")
    assert "No locks available" in caplog.text


def test_a_folder_is_known_as_ours_from_its_first_moment_on(tmp_path: Path) -> None:
    assert not is_output_folder(tmp_path)
    with OutputFolder(tmp_path / "out"):
        assert is_output_folder(tmp_path / "out")
    (tmp_path / "older").mkdir()
    (tmp_path / "older" / "segmentations.jsonl").touch()
    assert is_output_folder(tmp_path / "older")


def test_what_is_no_result_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "films").mkdir()
    (tmp_path / "films" / "a.png").touch()
    (tmp_path / "link").symlink_to(tmp_path / "films")
    images = {"a": str(tmp_path / "films" / "a.png")}
    OutputFolder(tmp_path / "out").require_room(images)
    for output in (tmp_path / "films", tmp_path / "link", tmp_path / "films" / ".." / "films"):
        with pytest.raises(ValueError, match="would mix results with images"):
            OutputFolder(output).require_room(images)
    (tmp_path / "a_mask.png").touch()  # drawn by hand, say
    with pytest.raises(ValueError, match="a_mask.png' is no result"):
        OutputFolder(tmp_path).require_room(images)
    with OutputFolder(tmp_path) as ours:
        ours.require_room(images | {"odd": "\ud83d/b.png"})
        with pytest.raises(ValueError, match="films/a.png"):
            ours.require_room({"films/a": images["a"]})  # into the folder of the films, through the name


def test_lines_that_are_forgotten_stand_for_no_file_until_they_are_written_anew(tmp_path: Path) -> None:
    with OutputFolder(tmp_path) as folder:
        write(folder, "a", text="left")
        folder.forget(["a", "b"])
        assert not folder.finished("a", text="left")
        assert (tmp_path / "segmentations.jsonl").read_text() == ""
        write(folder, "a", text="right")
        assert folder.finished("a", text="right")


def test_a_mask_of_another_kind_does_not_stay_beside_the_new_one(tmp_path: Path) -> None:
    with OutputFolder(tmp_path) as folder:
        image, mask = np.zeros((1, 4, 3)), np.ones((4, 3), np.uint8)
        folder.write("a", image, mask, {"kind": "NIfTI"})
        folder.write("a", image, mask, {"kind": "PNG"})
    assert sorted(path.name for path in tmp_path.glob("a*")) == ["a_mask.png", "a_overlay.png"]


def test_report_and_words_lie_beside_the_mask_and_go_with_their_line(tmp_path: Path) -> None:
    words = SentencePicture([WeightedWord("left", 0.5, True)], "title")
    with OutputFolder(tmp_path) as folder:
        line = write(folder, "ward/film", report={"sentence": "left é"}, words=words)
        assert (line["report"], line["words"]) == ("ward/film.json", "ward/film_words.png")
        assert json.loads((tmp_path / line["report"]).read_text()) == {"sentence": "left é"}
        assert folder.finished("ward/film")
        (tmp_path / line["report"]).unlink()
        assert not folder.finished("ward/film")
        folder.forget(["ward/film"])
        write(folder, "ward/film", report={"sentence": "right"})
        assert not (tmp_path / "ward/film_words.png").exists()  # of the sentence before
        assert folder.finished("ward/film")
        folder.forget(["ward/film"])
        assert "report" not in write(folder, "ward/film", words=SentencePicture([], "title"))
        assert not (tmp_path / "ward/film.json").exists()  # of a network that wrote


def test_a_file_of_the_users_is_no_report_of_ours(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("mine")
    images = {"a": str(tmp_path / "films" / "a.png")}
    OutputFolder(tmp_path).require_room(images)
    with pytest.raises(ValueError, match="a.json' is no result"):
        OutputFolder(tmp_path).require_room(images, reports=True)
