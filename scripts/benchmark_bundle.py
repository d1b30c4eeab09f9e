"""The bundle and the images that scripts/benchmark.py measures: its own weights, and chest phantoms.

Phantoms load, and are spoken of, like real films. A bundle without weights, or of toy sizes, gets random
ones: they do not change the speed of a network.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import torch
from monai.bundle import ConfigParser

from textguide.cli.config_reading import addresses
from textguide.data import load_datalist, make_datalist
from textguide.phantoms import write_chest_dataset

Step = Callable[[], Any]

NARROW_IMAGE = {"hidden_sizes": [8, 12, 16, 24], "depths": [1, 1, 1, 1]}
NARROW_TEXT = {
    "hidden_size": 24,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 32,
}
TOY = {
    "spatial_size": [64, 64],
    "batch_size": 4,
    **{f"network_def#image_encoder#{key}": value for key, value in NARROW_IMAGE.items()},
    **{f"network_def#text_encoder#{key}": value for key, value in NARROW_TEXT.items()},
}
# The sizes of facebook/convnext-tiny-224 and of a BERT-base, which CXR-BERT is.
PAPER_IMAGE = {"hidden_sizes": [96, 192, 384, 768], "depths": [3, 3, 9, 3]}
PAPER_TEXT = {
    "vocab_size": 30522,
    "hidden_size": 768,
    "num_hidden_layers": 12,
    "num_attention_heads": 12,
    "intermediate_size": 3072,
}


@dataclass(frozen=True)
class Options:
    """Where and how much is measured.

    Attributes:
        source: the folder of the bundle.
        folder: scratch: `prepare` writes `bundle/` and `data/` there, all measurements read them.
        device: such as `cpu` or `cuda`.
        repeats: how often each variant is measured.
        quick: toy sizes, to see that all works.
    """

    source: str
    folder: str
    device: str = "cpu"
    repeats: int = 5
    quick: bool = False

    @property
    def bundle(self) -> Path:
        """The copy of the bundle that is measured."""
        return Path(self.folder) / "bundle"

    @property
    def half(self) -> str:
        """The short floating type that this device trains in."""
        return "bfloat16" if self.device == "cpu" else "float16"

    def parser(self, *names: str, overrides: dict[str, Any] | None = None) -> ConfigParser:
        """Return the configuration of the copy out of some of its files, with overrides."""
        files = [self.bundle / "configs" / f"{name}.json" for name in names]
        parser = ConfigParser(ConfigParser.load_config_files(files))
        parser.update({"device": f"$torch.device('{self.device}')", "dataset_dir": f"{self.folder}/data"})
        parser.update(overrides or {})
        parser.parse(reset=True)
        return parser

    def paper_sizes(self) -> dict[str, Any]:
        """Return the overrides of `paper.json` that put random weights in the place of a hub's."""
        image, text = (NARROW_IMAGE, NARROW_TEXT) if self.quick else (PAPER_IMAGE, PAPER_TEXT)
        encoders = {"network_def#image_encoder": image, "network_def#text_encoder": text}
        return {**encoders, "tokenizer#path": None, "batch_size": 4 if self.quick else 8}


def prepare(options: Options) -> dict[str, Any]:
    """Write phantoms, and a copy of the bundle; return what they are."""
    size, films = (64, 8) if options.quick else (224, 64)
    data = Path(options.folder) / "data"
    write_chest_dataset(data, training=films, validation=max(4, films // 4), testing=2, size=size)
    make_datalist("qata", data)
    shutil.copytree(options.source, options.bundle, ignore=shutil.ignore_patterns("runs", "eval"))
    if options.quick:
        for path in (options.bundle / "configs").glob("*.json"):
            shrink(path)
    network = options.parser("inference").get_parsed_content("network_def")
    weights = options.bundle / "models" / "model.pt"
    is_random = options.quick or not weights.is_file()
    if is_random:
        weights.parent.mkdir(exist_ok=True)
        torch.save(network.eval().half().state_dict(), weights)
    metadata = json.loads((options.bundle / "configs" / "metadata.json").read_text(encoding="utf-8"))
    return {
        "name": Path(options.source).name,
        "weights": "random" if is_random else "its own",
        "writes_text": bool(metadata.get("writes_text", False)),
        "parameters": sum(weight.numel() for weight in network.parameters()),
        "film": [size, size],
        "films": films,
    }


def film(options: Options) -> Path:
    """Return one film."""
    return Path(load_datalist(Path(options.folder) / "data", "testing")[0]["image"])


def shrink(path: Path) -> None:
    """Give a configuration toy sizes, as far as they mean something to it."""
    config = json.loads(path.read_text(encoding="utf-8"))
    parser = ConfigParser(config)
    parser.update({key: value for key, value in TOY.items() if addresses(config, key)})
    path.write_text(json.dumps(parser.get()), encoding="utf-8")


def trainer_step(
    options: Options, overrides: dict[str, Any], names: tuple[str, ...] = ("train",)
) -> tuple[Step, Any, int]:
    """Return one step over two batches in memory, the bundle's own trainer that does it, and its images."""
    parser = options.parser(*names, overrides={"train#handlers": [], **overrides})
    trainer = parser.get_parsed_content("train#trainer")
    batches = list(islice(trainer.data_loader, 2))
    trainer.data_loader, trainer.state.epoch_length = batches, len(batches)

    def step() -> None:
        trainer.state.max_epochs = trainer.state.epoch + 1
        trainer.run()

    return step, trainer, sum(len(batch["image"]) for batch in batches)


def inference_parts(
    options: Options, overrides: dict[str, Any], names: tuple[str, ...] = ("train",)
) -> tuple[Any, torch.Tensor, dict[str, torch.Tensor]]:
    """Return a network in evaluation mode, and images and tokens of one validation batch."""
    parser = options.parser(*names, overrides=overrides)
    network = parser.get_parsed_content("network_def").to(options.device).eval()
    batch = next(iter(parser.get_parsed_content("validate#dataloader")))
    image, _, _, text = parser.get_parsed_content("prepare_batch")(batch, options.device)
    return network, image, text
