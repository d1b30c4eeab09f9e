"""Which trainings the tables of a bundle's ablations come down to: what scripts/ablate.py runs."""

from __future__ import annotations

import ast
import hashlib
import json
from collections.abc import Iterable, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from monai.bundle import ConfigParser
from monai.bundle.reference_resolver import ReferenceResolver

from textguide.cli.config_reading import addresses
from textguide.data import read_datalist, split_hash

Overrides = dict[str, Any]
Tables = dict[str, dict[str, Overrides]]
Places = dict[str, dict[str, int]]

PATHS = ("bundle_root", "dataset_dir", "output_dir")
CONDITIONS = "conditions"
RESERVED = (*PATHS, "ckpt_path", "seed", "resume", "section", CONDITIONS)


@dataclass(frozen=True)
class Study:
    """What all trainings share, read once: who edits a configuration meanwhile changes none of them.

    Attributes:
        bundle: its folder.
        dataset_dir: the folder of the datalist.
        split_sha256: of the datalist.
        training: `train.json` under the overlays of the ablations.
        evaluation: `evaluate.json`, overrides of the former.
        given: overrides of the command line, for every row.
    """

    bundle: Path
    dataset_dir: Path
    split_sha256: str
    training: dict[str, Any]
    evaluation: Overrides
    given: Overrides

    def configuration(self, *overrides: Overrides) -> dict[str, Any]:
        """Return the configuration of a training under overrides, the last one above all."""
        parser = ConfigParser(deepcopy(self.training))
        for pairs in overrides:
            parser.update(deepcopy(pairs))
        return parser.get()

    def fingerprint(self, overrides: Overrides, seed: int) -> str:
        """Return a hash of all that decides a result: configuration, seed, split; not where things lie."""
        config = {k: v for k, v in self.configuration(overrides).items() if k not in PATHS}
        decided = {**config, "seed": seed, "bundle": self.bundle.name, "split": self.split_sha256}
        return hashlib.sha256(json.dumps(decided, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class Run:
    """One training with one seed, and the rows that it is scored for.

    Attributes:
        rows: number of a row among the different ones -> the text condition that it is scored under.
        name: for a reader, after the first of the rows.
        overrides: of the training, from the rows and from the command line.
        seed: of the training.
        fingerprint: see `Study`.
        folder: where everything of it lies; named after the fingerprint.
    """

    rows: dict[int, str]
    name: str
    overrides: Overrides
    seed: int
    fingerprint: str
    folder: Path

    def result(self) -> dict[str, Any] | None:
        """Return its result; None: it is not finished, or not scored for all of its rows."""
        path = self.folder / "result.json"
        result = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
        scored = result.get(CONDITIONS, {}).keys() >= set(self.rows.values())
        return result if scored and result.get("fingerprint") == self.fingerprint else None

    def epochs(self) -> int:
        """Return how many epochs it has behind it."""
        path = self.folder / "train.csv"
        return len(path.read_text(encoding="utf-8").splitlines()) - 1 if path.is_file() else 0


def read_study(bundle: Path, dataset_dir: Path, given: Overrides) -> tuple[Study, Tables]:
    """Read the configurations of a bundle, and its tables.

    Raises:
        FileNotFoundError: no such bundle, or no datalist.
    """
    configs = bundle / "configs"
    ablations = json.loads((configs / "ablations.json").read_text(encoding="utf-8"))
    files = [configs / name for name in ("train.json", *ablations["overlays"])]
    study = Study(
        bundle=bundle,
        dataset_dir=dataset_dir,
        split_sha256=split_hash(read_datalist(dataset_dir / "datalist.json")),
        training=ConfigParser.load_config_files(files),
        evaluation=json.loads((configs / "evaluate.json").read_text(encoding="utf-8")),
        given=given,
    )
    return study, ablations["tables"]


def read_overrides(words: Sequence[str]) -> Overrides:
    """Read `--key value` and `--key=value`, as MONAI's runner takes them; a value is JSON, Python or text.

    Raises:
        ValueError: a word that is no key, or a key without a value.
    """
    overrides: Overrides = {}
    rest = iter(words)
    for word in rest:
        key, equals, value = word.removeprefix("--").partition("=")
        text = value if equals else next(rest, None)
        if not word.startswith("--") or not key or text is None:
            raise ValueError(f"{word!r} is no override; write --key value behind --, such as --epochs 10")
        overrides[ReferenceResolver.normalize_id(key)] = read_value(text)
    return overrides


def read_value(text: str) -> Any:
    """Read one value: JSON, else Python, else the text itself."""
    for read in (json.loads, ast.literal_eval):
        try:
            return read(text)
        except (ValueError, SyntaxError):
            continue
    return text


def choose_tables(tables: Tables, names: Sequence[str]) -> Tables:
    """Return the named tables, all where none is named.

    Raises:
        ValueError: there is no such table.
    """
    unknown = [name for name in names if name not in tables]
    if unknown:
        raise ValueError(f"there is no {unknown[0]!r}; the bundle has {', '.join(map(repr, tables))}")
    return {name: rows for name, rows in tables.items() if not names or name in names}


def distinct_rows(tables: Tables) -> tuple[list[Overrides], Places]:
    """Return the different rows, and for each table the number of each of its rows among them."""
    rows: list[Overrides] = []
    places: Places = {}
    for table, named in tables.items():
        places[table] = {}
        for name, overrides in named.items():
            if overrides not in rows:
                rows.append(overrides)
            places[table][name] = rows.index(overrides)
    return rows, places


def condition_of(row: Overrides) -> str:
    """Return the text condition that a row is scored under: its `conditions`, or the right sentences."""
    (condition,) = row.get(CONDITIONS, ["right"])
    return str(condition)


def check_overrides(study: Study, rows: Iterable[Overrides]) -> None:
    """Refuse an override that changes nothing, and one of what the rows or the script set.

    Raises:
        ValueError: there is one.
    """
    varied = {ReferenceResolver.normalize_id(key) for row in rows for key in row}
    for key in study.given:
        if key in RESERVED:
            raise ValueError(f"{key!r} is set by this script; leave it out behind --")
        if any(f"{a}::".startswith(f"{b}::") for row in varied for a, b in ((key, row), (row, key))):
            raise ValueError(f"{key!r} is what rows of the tables differ in; leave it out behind --")
        if not addresses(study.training, key):
            raise ValueError(f"the training has no {key!r}; take a key of configs/train.json")


def plan(
    study: Study, rows: Sequence[Overrides], places: Places, seeds: Sequence[int], output: Path
) -> list[Run]:
    """Return the runs: every training with the first seed, then with the next.

    Rows that differ in nothing but their text condition are one training.
    """
    names: dict[int, str] = {}
    for table, named in places.items():
        for name, row in named.items():
            names.setdefault(row, f"{table}, {name}")
    runs: list[Run] = []
    for seed in dict.fromkeys(seeds):
        found: dict[str, Run] = {}
        for row, own in enumerate(rows):
            overrides = {key: value for key, value in own.items() if key != CONDITIONS} | study.given
            fingerprint = study.fingerprint(overrides, seed)
            name, folder = f"{names[row]}, seed {seed}", output / fingerprint[:16]
            run = found.setdefault(fingerprint, Run({}, name, overrides, seed, fingerprint, folder))
            run.rows[row] = condition_of(own)
        runs += found.values()
    return runs
