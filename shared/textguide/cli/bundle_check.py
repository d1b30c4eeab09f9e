"""What can be wrong with a bundle, found without data and without training."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from pydoc import locate
from typing import Any

from monai.bundle import ComponentLocator, ConfigParser
from monai.bundle.reference_resolver import ReferenceResolver

from textguide import __version__
from textguide.segmenter import load_bundle

# Read by MONAI's runner, MONAI Label, MONAI Deploy or `Segmenter`, whether or not another key refers to them.
_READ_FROM_OUTSIDE = frozenset(
    (
        *("imports", "initialize", "run", "finalize", "bundle_root", "device", "dataset_dir", "network_def"),
        *("network", "preprocessing", "postprocessing", "inferer", "dataset", "evaluator", "handlers"),
        *("train", "validate", "val_interval", "key_metric", "threshold", "temperature"),
    )
)
_NO_CONFIGURATION = ("metadata", "ablations")


def check_bundle(path: Path) -> tuple[list[str], list[str]]:
    """Check one bundle.

    Args:
        path: its folder.

    Returns:
        Facts to show, and problems: a file that is missing or no JSON, a component that cannot be found, a
        reference to nothing, a key that nothing reads, weights that do not fit.
    """
    facts: list[str] = []
    problems: list[str] = []
    configs = path / "configs"
    metadata = _load(configs / "metadata.json", problems)
    facts.append(
        f"version {metadata.get('version', '?')}, side convention: {metadata.get('side_convention', 'none')}"
    )
    facts += _version_notes(metadata)
    for name, parts in _combinations(configs):
        before = len(problems)
        problems += [
            f"{name}: {problem}" for problem in _check_parts([configs / f"{part}.json" for part in parts])
        ]
        facts.append(f"{name}: {'resolves' if len(problems) == before else 'does not resolve'}")
    try:
        bundle = load_bundle(path, device="cpu")
        count = sum(parameter.numel() for parameter in bundle.network.parameters())
        facts.append(f"weights load strictly: {count / 1e6:.2f} M parameters, sha256 {bundle.weights_sha256}")
    except Exception as error:  # whatever a configuration raises is a finding
        problems.append(f"inference does not load: {_first_line(error)}")
    return facts, problems


def _combinations(configs: Path) -> Iterator[tuple[str, list[str]]]:
    """Name the runs that a bundle offers, each with the files that it merges."""
    names = sorted(file.stem for file in configs.glob("*.json") if file.stem not in _NO_CONFIGURATION)
    for name in ("train", "inference"):
        yield name, [name]
    for name in names:
        if name not in ("train", "inference"):
            yield f"train + {name}", ["train", name]


def _check_parts(files: list[Path]) -> list[str]:
    problems: list[str] = []
    for file in files:
        _load(file, problems)
    if problems:
        return problems
    config = ConfigParser.load_config_files([str(file) for file in files])
    parser = ConfigParser(config=config)
    parser.parse(reset=True)
    known = parser.ref_resolver.items
    locator = ComponentLocator()
    for key, item in known.items():
        target = item.get_config().get("_target_") if isinstance(item.get_config(), dict) else None
        if isinstance(target, str) and not target.startswith(("$", "@")) and not _exists(locator, target):
            problems.append(f"{key}: there is no {target}")
    for key, item in known.items():
        for reference in _references(item.get_config()):
            if reference not in known:
                problems.append(f"{key} refers to @{reference.replace('::', '#')}, which is not there")
    used = {
        reference.split("::")[0] for item in known.values() for reference in _references(item.get_config())
    }
    unread = [
        str(key) for key in config if key not in used and key not in _READ_FROM_OUTSIDE and key[:1] != "_"
    ]
    return problems + [f"nothing reads the key {key}" for key in unread]


def _references(value: Any) -> set[str]:
    """List the keys that one value refers to; nested values stand under keys of their own."""
    return set(ReferenceResolver.match_refs_pattern(value)) if isinstance(value, str) else set()


def _exists(locator: ComponentLocator, target: str) -> bool:
    return locator.get_component_module_name(target) is not None or locate(target) is not None


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
    except FileNotFoundError:
        problems.append(f"{file.name} is missing")
    except ValueError as error:
        problems.append(f"{file.name} is not JSON: {error}")
    else:
        if isinstance(loaded, dict):
            return loaded
        problems.append(f"{file.name} holds {type(loaded).__name__}; an object is expected")
    return {}


def _first_line(error: BaseException) -> str:
    while error.__cause__ is not None:
        error = error.__cause__
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
