"""`textguide evaluate`: the bundle's own evaluation, run by MONAI, with arguments that are never code."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from monai.bundle import ConfigWorkflow

from textguide.segmenter import choose_device, find_bundle, read_json, verbatim
from textguide.weights import read_weights


def run_evaluate(
    dataset: str | os.PathLike[str],
    bundle: str | os.PathLike[str],
    section: str,
    output: str | os.PathLike[str],
    overlay: str | None = None,
    weights: str | os.PathLike[str] | None = None,
    device: str | None = None,
) -> None:
    """Run `train.json` + [overlay] + `evaluate.json` of a bundle; the arguments are those of the command.

    Raises:
        FileNotFoundError: see `evaluation_workflow`, as for the following.
        ValueError: a configuration, the weights or the device is unusable.
    """
    workflow = evaluation_workflow(dataset, bundle, section, output, overlay, weights, device)
    workflow.run()
    workflow.finalize()
    print(f"written: {output}")


def evaluation_workflow(
    dataset: str | os.PathLike[str],
    bundle: str | os.PathLike[str],
    section: str,
    output: str | os.PathLike[str],
    overlay: str | None = None,
    weights: str | os.PathLike[str] | None = None,
    device: str | None = None,
    **override: Any,
) -> ConfigWorkflow:
    """Initialise the evaluation of a bundle; its key `evaluation` is the `ConditionEvaluation`.

    Args:
        dataset: see `textguide.cli.commands.evaluate`, as for the following.
        bundle: name or folder.
        section: of the datalist.
        output: folder of the results.
        overlay: name of one more configuration.
        weights: a file in place of the bundle's own.
        device: None leaves the choice to the configuration.
        **override: further keys of the configuration.

    Raises:
        FileNotFoundError: bundle, overlay, data set or weights are missing.
        ValueError: a configuration is no JSON, the weights are broken or not finite, or the device does not
            work.
    """
    path = find_bundle(bundle)
    configs = path / "configs"
    files = [configs / "train.json", configs / "evaluate.json"]
    if overlay is not None:
        files.insert(1, _find_overlay(configs, overlay))
    if not Path(dataset).is_dir():
        raise FileNotFoundError(f"the folder '{dataset}' does not exist; it is to hold datalist.json.")
    for file in (*files, configs / "metadata.json"):
        read_json(file)  # MONAI's parser does not say which file is broken
    checkpoint = Path(weights) if weights is not None else path / "models" / "model.pt"
    if not checkpoint.is_file():
        raise FileNotFoundError(f"the weights '{checkpoint}' are missing; train them, or give --weights.")
    read_weights(checkpoint)  # MONAI's handler loads what is not finite too, and every mask is empty then
    override |= {
        "bundle_root": verbatim(path),
        "dataset_dir": verbatim(os.path.abspath(dataset)),
        "output_dir": verbatim(os.path.abspath(output)),
        "ckpt_path": verbatim(checkpoint.resolve()),
        "section": section,
    }
    if device is not None:
        override["device"] = f"$torch.device('{choose_device(device)}')"
    workflow = ConfigWorkflow(config_file=[str(file) for file in files], workflow_type="train", **override)
    workflow.initialize()
    return workflow


def _find_overlay(configs: Path, overlay: str) -> Path:
    own = ("train", "evaluate", "inference", "metadata", "multi_gpu_train", "ablations")
    known = sorted(file.stem for file in configs.glob("*.json") if file.stem not in own)
    if overlay not in known:
        raise FileNotFoundError(
            f"there is no overlay {overlay!r}; the bundle has {', '.join(known) or 'none'}."
        )
    return configs / f"{overlay}.json"
