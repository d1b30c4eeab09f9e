from __future__ import annotations

import fcntl
from pathlib import Path

import pytest

from textguide.folder_lock import LOCK_NAME, lock_folder, release_folder


def test_a_folder_that_another_training_holds_is_refused_until_that_one_ends(tmp_path: Path):
    folder = tmp_path / "runs"
    folder.mkdir()
    with (folder / LOCK_NAME).open("a") as other:  # an open file of its own counts as another process
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(ValueError, match=r"another run is writing into '.*runs'; wait for its end"):
            lock_folder(folder)
    lock_folder(folder)
    release_folder(folder)


def test_a_training_of_the_same_process_goes_on_where_its_first_one_broke_off(tmp_path: Path):
    lock_folder(tmp_path / "runs")
    lock_folder(tmp_path / "." / "runs")
    with (tmp_path / "runs" / LOCK_NAME).open("a") as other:
        with pytest.raises(BlockingIOError):
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
        release_folder(tmp_path / "runs")
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_a_file_system_without_locks_is_named_and_does_not_stop_the_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    def refuse(file: object, operation: int) -> None:
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr(fcntl, "flock", refuse)
    with caplog.at_level("WARNING"):
        lock_folder(tmp_path)
    assert "cannot be locked (Function not implemented)" in caplog.text
    release_folder(tmp_path)
