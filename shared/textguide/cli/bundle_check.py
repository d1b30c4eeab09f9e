"""What can be wrong with a bundle, found without data and without training."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from monai.bundle import ConfigParser

from textguide import __version__
from textguide.cli.config_reading import (
    READ_OF_INFERENCE,
    addresses,
    dangling,
    is_read,
    misfits,
    unread,
)
from textguide.cli.reason import first_line
from textguide.segmenter import load_bundle

_DIFFERENCES = ("evaluate", "multi_gpu_train")
"""Configurations that bring keys of their own into a training; all others set keys that it has."""


def check_bundle(path: Path) -> tuple[list[str], list[str]]:
    """Check one bundle.

    Args:
        path: its folder.

    Returns:
        Facts to show, and problems: a file that is missing or no JSON, a component that cannot be found or
        does not take its arguments, a reference to nothing, a key that nothing reads, an override that meets
        nothing, weights that do not fit or are not those of `docs/results.json`.
    """
    facts: list[str] = []
    problems: list[str] = []
    configs = {file.stem: _load(file, problems) for file in sorted((path / "configs").glob("*.json"))}
    problems += [f"{name}.json is missing" for name in ("metadata", "inference") if name not in configs]
    metadata = configs.pop("metadata", {})
    side = metadata.get("side_convention")
    facts.append(f"version {metadata.get('version', '?')}, side convention: {side or 'none'}")
    facts += _version_notes(metadata)
    if configs.get("inference", {}).get("side_convention", side) != side:
        problems.append("inference: its side_convention is not that of the metadata")
    if "train" not in configs:
        facts.append("no train.json: it cannot be trained")
    for name, found in _check_configs(path / "configs", configs):
        problems += [f"{name}: {problem}" for problem in found]
        facts.append(f"{name}: {'does not resolve' if found else 'resolves'}")
    _check_weights(path, facts, problems)
    return facts, problems


def _check_configs(folder: Path, configs: dict[str, dict[str, Any]]) -> Iterator[tuple[str, list[str]]]:
    """Name the runs that a bundle offers, each with what is wrong with it."""
    whole = {name: config for name, config in configs.items() if config}
    if "inference" in whole:
        config = _merge(folder, "inference")
        yield "inference", [*_faults(config), *_unread(config, READ_OF_INFERENCE)]
    if "train" not in whole:
        return
    train = _merge(folder, "train")
    yield "train", [*_faults(train), *_unread(train)]
    for name in sorted(whole.keys() - {"inference", "train", "ablations"}):
        merged = _merge(folder, "train", name)
        if name in _DIFFERENCES:
            lost = [f"nothing reads the key {key}" for key in whole[name] if not is_read(merged, key)]
        else:
            lost = _lost(train, whole[name])
        yield f"train + {name}", [*_faults(merged), *lost]
    if "ablations" in whole:
        names = [Path(name).stem for name in whole["ablations"].get("overlays", [])]
        # a row may also name the text condition that it is scored under, a key of the evaluation
        base = _merge(folder, "train", *names, *({"evaluate"} & whole.keys()))
        rows = [row for table in whole["ablations"].get("tables", {}).values() for row in table.values()]
        yield "ablations", sorted({problem for row in rows for problem in _lost(base, row)})


def _check_weights(path: Path, facts: list[str], problems: list[str]) -> None:
    try:
        bundle = load_bundle(path, device="cpu")
    except Exception as error:  # whatever a configuration raises is a finding
        problems.append(f"inference does not load: {first_line(error)}")
        return
    count = sum(parameter.numel() for parameter in bundle.network.parameters())
    facts.append(f"weights load strictly: {count / 1e6:.2f} M parameters, sha256 {bundle.weights_sha256}")
    results = path / "docs" / "results.json"
    if not results.is_file():
        facts.append("no docs/results.json: where the weights come from is not known")
        return
    named = _load(results, problems).get("weights", {}).get("sha256")
    if named == bundle.weights_sha256:
        facts.append("the weights are those of docs/results.json")
    else:
        problems.append(f"the weights are not those of docs/results.json, which names the sha256 {named}")


def _merge(folder: Path, *names: str) -> dict[str, Any]:
    return ConfigParser.load_config_files([str(folder / f"{name}.json") for name in names])


def _faults(config: dict[str, Any]) -> list[str]:
    return [*misfits(config), *dangling(config)]


def _unread(config: dict[str, Any], also: Iterable[str] = ()) -> list[str]:
    return [f"nothing reads the key {key.replace('::', '#')}" for key in unread(config, also)]


def _lost(config: dict[str, Any], overrides: dict[str, Any]) -> list[str]:
    return [f"the override {key} meets nothing" for key in overrides if not addresses(config, key)]


def _version_notes(metadata: dict[str, Any]) -> Iterator[str]:
    wanted = {"monai": metadata.get("monai_version"), "torch": metadata.get("pytorch_version")}
    wanted |= metadata.get("required_packages_version", {})
    for package, needed in wanted.items():
        try:
            installed = __version__ if package == "textguide" else version(package)
        except PackageNotFoundError:
            installed = "not installed"
        if needed and installed.split("+")[0] != needed:
            yield f"tested with {package} {needed}; here: {installed}"


def _load(file: Path, problems: list[str]) -> dict[str, Any]:
    try:
        loaded = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        problems.append(f"{file.name} is not JSON: {error}")
    else:
        if isinstance(loaded, dict):
            return loaded
        problems.append(f"{file.name} holds {type(loaded).__name__}; an object is expected")
    return {}
