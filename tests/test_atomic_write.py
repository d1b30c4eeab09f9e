from __future__ import annotations

import errno
import os
import subprocess
import sys

import pytest

from textguide import atomic_write
from textguide.atomic_write import atomic_path

KILLED_HALF_WAY = """
import importlib.util, os, signal, sys
spec = importlib.util.spec_from_file_location("atomic_write", sys.argv[1])
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
with module.atomic_path(sys.argv[2]) as temporary:
    temporary.write_text("half of the ne")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_the_new_file_takes_the_place_of_the_old_one(tmp_path):
    path = tmp_path / "deep" / "state.pt"
    for text in ("old", "new"):
        with atomic_path(path) as temporary:
            temporary.write_text(text)
    assert path.read_text() == "new"
    assert list(path.parent.iterdir()) == [path]


def test_an_error_leaves_the_old_file_alone(tmp_path):
    path = tmp_path / "state.pt"
    path.write_text("old")

    def broken_off() -> None:
        with atomic_path(path) as temporary:
            temporary.write_text("half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        broken_off()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_killed_process_leaves_the_old_file_and_a_hidden_half(tmp_path):
    path = tmp_path / "state.pt"
    path.write_text("old")
    command = [sys.executable, "-c", KILLED_HALF_WAY, atomic_write.__file__, str(path)]
    assert subprocess.run(command, check=False).returncode == -9
    assert path.read_text() == "old"
    (half,) = [other for other in tmp_path.iterdir() if other != path]
    assert half.name.startswith(".")
    assert ".partial." in half.name


def test_two_processes_with_one_number_never_share_a_temporary_name(tmp_path):
    with atomic_path(tmp_path / "a") as first, atomic_path(tmp_path / "a") as second:
        first.write_text("1")
        second.write_text("2")
    assert first != second
    assert (tmp_path / "a").read_text() == "1"


def test_the_longest_name_of_a_file_system_can_be_written(tmp_path):
    for name in ("x" * 251 + ".png", "漢" * 83 + ".png", "\U0001f489" * 62 + ".png"):
        with atomic_path(tmp_path / name) as temporary:
            temporary.write_text("whole")
            assert temporary.suffix == ".png"
        assert (tmp_path / name).read_text() == "whole"


def test_a_full_disk_names_the_file_that_was_to_be_written(tmp_path):
    with pytest.raises(OSError, match="mask.png") as caught, atomic_path(tmp_path / "mask.png"):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert caught.value.errno == errno.ENOSPC
    with pytest.raises(FileNotFoundError) as caught, atomic_path(tmp_path / "mask.png"):
        pass  # nothing was written
    assert caught.value.filename == str(tmp_path / "mask.png")
    with pytest.raises(OSError, match="other.png"), atomic_path(tmp_path / "mask.png"):
        raise OSError(errno.EIO, "broken", "other.png")
