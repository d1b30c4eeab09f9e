"""One JSON line a case, in one file of the output folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from textguide.atomic_write import atomic_path


class ResultsFile:
    """A file of JSON lines, one for each case; a new line for a case takes the place of its old one.

    A line is added by a single write. If the process dies in the middle of it, the torn line is dropped when
    the file is opened again.

    Args:
        path: is made with the first line.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.records: dict[str, dict[str, Any]] = {}
        text = path.read_text(encoding="utf-8") if path.is_file() else ""
        for line in text.split("\n"):
            record = _parse(line)
            if record:
                self.records[str(record["case"])] = record
        self._torn = not text.endswith("\n") and bool(text)

    def put(self, record: dict[str, Any]) -> None:
        """Add the line of a case.

        Raises:
            ValueError: the record has no `case`.
        """
        if "case" not in record:
            raise ValueError(f"a line needs the key 'case'; it has {', '.join(record) or 'none'}.")
        is_new = record["case"] not in self.records
        self.records[record["case"]] = record
        if is_new and not self._torn:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with open(self.path, "a", encoding="utf-8") as file:
                file.write(json.dumps(record, allow_nan=False) + "\n")
            return
        with atomic_path(self.path) as temporary:
            lines = [json.dumps(one, allow_nan=False) + "\n" for one in self.records.values()]
            temporary.write_text("".join(lines), encoding="utf-8")
        self._torn = False


def _parse(line: str) -> dict[str, Any] | None:
    try:
        record = json.loads(line)
    except ValueError:
        return None
    return record if isinstance(record, dict) and "case" in record else None
