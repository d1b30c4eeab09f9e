"""The folder of a training -> a bundle for inference, whatever overlays and overrides it was trained with."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from textguide.atomic_write import atomic_path


def write_run_bundle(
    folder: str | os.PathLike[str],
    bundle_root: str | os.PathLike[str],
    arguments: Mapping[str, Any],
    inputs: Mapping[str, Any],
) -> None:
    """Write `configs/inference.json` and `configs/metadata.json` of a run.

    They are the bundle's own, with what the training was given in place of what the bundle ships, and with
    the run's `model.pt`, `tokenizer/` and encoder folders, so that no hub is asked. The folder may be moved.

    Args:
        folder: of the run.
        bundle_root: the bundle that was trained.
        arguments: what the network was built with; an encoder given by a hub name or a folder is looked up in
            `FOLDER/NAME/config.json`.
        inputs: keys of the inference that the training set: `channels`, `spatial_size`, `max_length` ...

    Raises:
        FileNotFoundError: the bundle has no inference or metadata, or an encoder's folder is missing.
        ValueError: an input that the bundle's inference does not have.
    """
    folder, configs = Path(folder), Path(bundle_root) / "configs"
    inference, metadata = (
        json.loads((configs / f"{name}.json").read_text(encoding="utf-8"))
        for name in ("inference", "metadata")
    )
    unknown = sorted(inputs.keys() - inference.keys())
    if unknown:
        raise ValueError(
            f"'{configs / 'inference.json'}' has no {', '.join(unknown)}, which the training set."
        )
    network = {"_target_": inference["network_def"]["_target_"]}
    network |= {name: _argument(folder, name, value) for name, value in arguments.items()}
    inference |= {
        **inputs,
        "temperature": 1.0,  # the bundle's was fitted to other weights
        "ckpt_path": _below("model.pt"),
        "network_def": network,
    }
    inference["tokenizer"]["path"] = _below("tokenizer")
    image = metadata.get("network_data_format", {}).get("inputs", {}).get("image", {})
    if "channels" in inputs and image:
        image["num_channels"] = inputs["channels"]
    if "side_convention" in inputs:
        metadata["side_convention"] = inputs["side_convention"]
    for name, content in (("metadata", metadata), ("inference", inference)):
        with atomic_path(folder / "configs" / f"{name}.json") as temporary:
            temporary.write_text(json.dumps(content, indent=4) + "\n", encoding="utf-8")


def _argument(folder: Path, name: str, value: Any) -> Any:
    """Point an encoder that was given by name to what the run keeps of it; everything else stays."""
    if not name.endswith("_encoder") or isinstance(value, dict):
        return value
    if not (folder / name / "config.json").is_file():
        raise FileNotFoundError(f"'{folder / name / 'config.json'}' is missing: the run must keep it.")
    return _below(name)


def _below(name: str) -> str:
    return f"$@bundle_root + '/{name}'"
