"""The folder of a training -> a bundle for inference, whatever overlays and overrides it was trained with."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from textguide.atomic_write import atomic_path


def write_run_bundle(
    folder: str | os.PathLike[str],
    bundle_root: str | os.PathLike[str],
    arguments: Mapping[str, Any],
    inputs: Mapping[str, Any],
    records: Sequence[Any] = (),
    abilities: Mapping[str, bool] | None = None,
) -> None:
    """Write `configs/inference.json` and `configs/metadata.json` of a run.

    They are the bundle's own, with what the training was given in place of what the bundle ships, and with
    the run's `model.pt`, `tokenizer/` and encoder folders, so that no hub is asked. What the bundle lets its
    inference compute, such as the sentences of a report by the tokenizer, is computed there again. The
    metadata say what the run was trained on. The folder may be moved.

    Args:
        folder: of the run.
        bundle_root: the bundle that was trained.
        arguments: what the network was built with; an encoder given by a hub name or a folder is looked up in
            `FOLDER/NAME/config.json`.
        inputs: keys of the inference that the training set: `channels`, `spatial_size`, `max_length` ...
        records: of the training; what they say of their data sets (`dataset`, `modality`, `label_names`, see
            `textguide.data.load_datalist`) goes into the metadata.
        abilities: keys of the metadata that the network itself decides: `reads_text`, `writes_text`.

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
    if isinstance(inputs.get("spatial_size"), int):  # MONAI's Resized wants both
        inputs = {**inputs, "spatial_size": [inputs["spatial_size"]] * 2}
    shipped = inference["network_def"]
    computed = {name: value for name, value in shipped.items() if _is_computed(value)}
    network = {"_target_": shipped["_target_"]}
    network |= {name: _argument(folder, name, value) for name, value in arguments.items()} | computed
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
        metadata["image_classes"] = f"channels: {inputs['channels']}, z-scored"
    if "side_convention" in inputs:
        metadata["side_convention"] = inputs["side_convention"]
    metadata |= abilities or {}
    _describe_data(metadata, method=network["_target_"].rpartition(".")[2], records=records)
    for name, content in (("metadata", metadata), ("inference", inference)):
        with atomic_path(folder / "configs" / f"{name}.json") as temporary:
            temporary.write_text(json.dumps(content, indent=4) + "\n", encoding="utf-8")


def _describe_data(metadata: dict[str, Any], method: str, records: Sequence[Any]) -> None:
    """Say what this run was trained on, in place of what the bundle's own weights were."""
    names, modalities, labels = (
        list(
            dict.fromkeys(record[key] for record in records if isinstance(record, Mapping) and key in record)
        )
        for key in ("dataset", "modality", "label_names")
    )
    data = ", ".join(names) or "data that the training did not name"
    reads_text = metadata.get("reads_text", True)
    kind, sentence = ("Text-guided", "what a sentence names: ") if reads_text else ("Image-only", "")
    metadata |= {
        "name": f"{method} trained on {data}",
        "description": f"{kind} segmentation by {method}, trained on {data}",
        "changelog": {metadata.get("version", "0.1.0"): f"trained on {data}"},
        "data_source": data,
    }
    if not names:
        return
    sought = [name.partition(": ")[2] or name for label in labels for name in label.split(", ")]
    metadata |= {
        "task": f"Segment {sentence}{', '.join(sought)} ({', '.join(modalities)})",
        "data_type": "as in the data set",
        "label_classes": ", ".join(labels),
        "pred_classes": ", ".join(labels) + (", as far as the sentence names it" if reads_text else ""),
    }
    formats = metadata.get("network_data_format", {})
    for image in formats.get("inputs", {}).values():
        image["modality"] = ", ".join(modalities)
    for mask in formats.get("outputs", {}).values():
        mask["channel_def"] = {"0": sought[0]}


def _is_computed(value: Any) -> bool:
    return isinstance(value, Mapping) and "_target_" in value


def _argument(folder: Path, name: str, value: Any) -> Any:
    """Point an encoder that was given by name to what the run keeps of it; everything else stays."""
    if not name.endswith("_encoder") or value is None or isinstance(value, dict):
        return value
    if not (folder / name / "config.json").is_file():
        raise FileNotFoundError(f"'{folder / name / 'config.json'}' is missing: the run must keep it.")
    return _below(name)


def _below(name: str) -> str:
    return f"$@bundle_root + '/{name}'"
