from __future__ import annotations

import io
import json
import os
import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from textguide.writers import ResultsFile


def read(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_each_case_is_one_line_whatever_its_text_holds(tmp_path: Path) -> None:
    results = ResultsFile(tmp_path / "out" / "results.jsonl")
    texts = ["$x", "two\nlines\r\u2028", "\ud83d", '"quoted"', None]
    for number, text in enumerate(texts):
        results.put({"case": str(number), "text": text})
    assert [record["text"] for record in read(results.path)] == texts


def test_a_new_line_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "results.jsonl"
    results = ResultsFile(path)
    for case, value in (("a", 1), ("b", 2), ("a", 3)):
        results.put({"case": case, "value": value})
    assert read(path) == [{"case": "a", "value": 3}, {"case": "b", "value": 2}]
    assert ResultsFile(path).records["a"]["value"] == 3


def test_a_torn_last_line_is_dropped_and_the_file_is_whole_again(tmp_path: Path) -> None:
    path = tmp_path / "results.jsonl"
    path.write_text('{"case": "a", "value": 1}\n{"case": "b", "val')
    results = ResultsFile(path)
    assert list(results.records) == ["a"]
    results.put({"case": "c"})
    assert [record["case"] for record in read(path)] == ["a", "c"]


def test_a_line_without_a_case_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="needs the key 'case'"):
        ResultsFile(tmp_path / "r").put({"image": "x"})


@contextmanager
def files_no_longer_than(size: int) -> Iterator[None]:
    """Let the system cut what is written, as a full disk does."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_disk_that_fills_up_within_a_line_leaves_whole_lines_and_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "results.jsonl"
    results = ResultsFile(path)
    results.put({"case": "a"})
    with files_no_longer_than(path.stat().st_size + 10), pytest.raises(OSError, match=r"results\.jsonl"):
        results.put({"case": "b", "text": "x" * 100})
    assert read(path) == [{"case": "a"}]
    results.put({"case": "c"})
    assert [record["case"] for record in read(path)] == ["a", "c"]


def test_a_torn_line_that_cannot_be_cut_off_is_not_glued_to_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "results.jsonl"
    results = ResultsFile(path)
    results.put({"case": "a"})
    with monkeypatch.context() as patched:
        patched.setattr("builtins.open", half_writing(open))
        with pytest.raises(KeyboardInterrupt):
            results.put({"case": "b"})
    assert path.read_text().endswith('"b')
    results.put({"case": "c"})
    assert [record["case"] for record in read(path)] == ["a", "c"]


def half_writing(real: Callable[..., Any]) -> Callable[..., Any]:
    def opened(*arguments: Any, **options: Any) -> Any:
        file = real(*arguments, **options)

        class Half(io.FileIO):
            def write(self, data: Any) -> int:
                super().write(bytes(data)[:11])
                raise KeyboardInterrupt

        return Half(os.dup(file.fileno()), "ab") if "ab" in arguments else file

    return opened


def test_a_record_that_json_cannot_hold_does_not_count(tmp_path: Path) -> None:
    results = ResultsFile(tmp_path / "results.jsonl")
    with pytest.raises(ValueError, match="JSON"):
        results.put({"case": "a", "value": float("nan")})
    results.put({"case": "b"})
    results.put({"case": "b"})
    assert list(ResultsFile(results.path).records) == ["b"]


def test_lines_that_are_dropped_leave_the_file(tmp_path: Path) -> None:
    results = ResultsFile(tmp_path / "results.jsonl")
    for case in "abc":
        results.put({"case": case})
    results.drop(["a", "c", "none"])
    assert read(results.path) == [{"case": "b"}]
    assert list(results.records) == ["b"]
