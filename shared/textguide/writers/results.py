"""One JSON line a case, in one file of the output folder."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from textguide.atomic_write import atomic_path, naming_errors


class ResultsFile:
    """A file of JSON lines, one for each case; a new line for a case takes the place of its old one.

    A new case is appended; whatever else changes writes the file anew, whole or not at all. What is left of a
    line where the process died or the disk was full is dropped with the next line, or when it is read again.

    Args:
        path: is made with the first line.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.records: dict[str, dict[str, Any]] = {}
        text = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
        for line in text.split("\n"):
            record = _parse(line)
            if record:
                self.records[str(record["case"])] = record
        self._torn = not text.endswith("\n") and bool(text)

    def put(self, record: dict[str, Any]) -> None:
        """Write the line of a case.

        Raises:
            OSError: it could not be written, and does not count; the file is named.
            ValueError: the record has no `case`, or holds what JSON cannot.
        """
        if "case" not in record:
            raise ValueError(f"a line needs the key 'case'; it has {', '.join(record) or 'none'}.")
        line = _to_line(record)
        if self._torn or record["case"] in self.records:
            self._write_anew(self.records | {record["case"]: record})
        else:
            self._append(line)
        self.records[record["case"]] = record

    def drop(self, cases: Iterable[str]) -> None:
        """Take the lines of cases out of the file; cases without one are passed over.

        Raises:
            OSError: the file could not be written, and is as it was.
        """
        dropped = self.records.keys() & set(cases)
        if dropped:
            kept = {case: record for case, record in self.records.items() if case not in dropped}
            self._write_anew(kept)
            self.records = kept

    def _append(self, line: str) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._torn = True  # until the line stands there whole
        with naming_errors(self.path), open(self.path, "ab", buffering=0) as file:
            end = file.seek(0, os.SEEK_END)
            rest = line.encode()
            try:
                while rest:
                    rest = rest[file.write(rest) :]
            except OSError:
                with suppress(OSError):
                    file.truncate(end)
                raise
        self._torn = False

    def _write_anew(self, records: dict[str, dict[str, Any]]) -> None:
        with atomic_path(self.path) as temporary:
            temporary.write_text("".join(map(_to_line, records.values())), encoding="utf-8")
        self._torn = False


def _to_line(record: dict[str, Any]) -> str:
    return json.dumps(record, allow_nan=False) + "\n"


def _parse(line: str) -> dict[str, Any] | None:
    try:
        record = json.loads(line)
    except ValueError:
        return None
    return record if isinstance(record, dict) and "case" in record else None
