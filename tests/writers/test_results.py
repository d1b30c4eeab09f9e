from __future__ import annotations

import json
from pathlib import Path

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
