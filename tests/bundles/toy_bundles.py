"""Bundles at toy size: the shipped configurations with narrow networks and small images, on phantoms.

A new bundle needs a row in `toy_sizes.json` and nothing else.
"""

from __future__ import annotations

import json
import math
import shutil
import warnings
from pathlib import Path
from typing import Any

import torch
from monai.bundle import ConfigParser, ConfigWorkflow, create_workflow
from torch import nn

from textguide.cli.config_reading import addresses

ROOT = Path(__file__).parents[2]
BUNDLES = sorted(path.parent for path in ROOT.glob("bundles/*/configs"))
SIZES: dict[str, dict[str, Any]] = json.loads(Path(__file__).with_name("toy_sizes.json").read_text())


def read(bundle: Path, *configs: str) -> dict[str, Any]:
    """The merged content of some of a bundle's config files, named without their ending."""
    return ConfigParser.load_config_files([bundle / "configs" / f"{name}.json" for name in configs])


def overlays(bundle: Path) -> list[str]:
    """The names of the configs that adapt the training to another data set."""
    house = {"metadata", "train", "evaluate", "inference", "multi_gpu_train", "paper", "ablations"}
    return sorted({path.stem for path in (bundle / "configs").glob("*.json")} - house)


def reads_text(bundle: Path) -> bool:
    """Whether the bundle says that a sentence changes its masks; an image-only baseline says no."""
    return read(bundle, "metadata").get("reads_text", True)


def writes_text(bundle: Path) -> bool:
    """Whether the bundle says that its network writes the sentence that is missing."""
    return read(bundle, "metadata").get("writes_text", False)


def toy_sizes(bundle: Path, config: dict[str, Any]) -> dict[str, Any]:
    """The overrides that make this config small: those that meet something in it."""
    sizes = SIZES["every bundle"] | SIZES.get(bundle.name, {})
    return {key: value for key, value in sizes.items() if addresses(config, key)}


def build(bundle: Path, *configs: str, **overrides: Any) -> ConfigWorkflow:
    """An initialised workflow at toy size; its results go below the folder of the bundle."""
    sizes = toy_sizes(bundle, read(bundle, *configs))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # MONAI: a config is code
        return create_workflow(
            config_file=[str(bundle / "configs" / f"{name}.json") for name in configs],
            workflow_type="infer" if configs[0] == "inference" else "train",
            logging_file=False,
            **(sizes | {"bundle_root": str(bundle)} | overrides),
        )


def run(bundle: Path, *configs: str, **overrides: Any) -> ConfigWorkflow:
    """A workflow at toy size that has run."""
    workflow = build(bundle, *configs, **overrides)
    workflow.run()
    workflow.finalize()
    return workflow


def content(workflow: ConfigWorkflow, key: str) -> Any:
    """What a key of a workflow has become."""
    return workflow.parser.get_parsed_content(key)


def check_trained(workflow: ConfigWorkflow, films: int) -> None:
    """Every epoch over so many films went well, and no parameter stood aside."""
    trainer = content(workflow, "train#trainer")
    assert len(content(workflow, "train#dataset")) == films
    assert trainer.state.iteration == trainer.state.max_epochs * math.ceil(films / 4)
    assert math.isfinite(trainer.state.metrics["train_loss"])
    network = content(workflow, "network_def")
    idle = [
        name for name, weight in network.named_parameters() if weight.requires_grad and weight.grad is None
    ]
    assert idle == []


def copy_bundle(bundle: Path, folder: Path) -> Path:
    """A bundle's folder without its weights, which are of another size than the toy."""
    ignore = shutil.ignore_patterns("model.pt", "runs", "eval", "__pycache__")
    return Path(shutil.copytree(bundle, folder / bundle.name, ignore=ignore))


def store_weights(network: nn.Module, path: Path) -> Path:
    """Write weights as published: float16, the statistics of batch norm float32.

    They are taken in evaluation, for which a network makes what it keeps beside what it learned.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    state = network.eval().state_dict()
    halves = {
        name: value.half() if value.is_floating_point() and "running_" not in name else value
        for name, value in state.items()
    }
    torch.save(halves, path)
    return path
