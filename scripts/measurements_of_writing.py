"""What scripts/benchmark.py measures of a network that writes its own sentence; see measurements.py."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from benchmark_bundle import Options, Step, film
from textguide.networks.blocks.inputs import prepare_inputs
from textguide.segmenter import Bundle, Case, export_network, load_bundle
from textguide.segmenter.preparation import Preparation
from timing import Measured, in_turn, measured, seconds

WARM_UP = 3
"""Passes before a TorchScript file is measured: it is compiled in the first two."""


@torch.inference_mode()
def milliseconds(options: Options, steps: dict[str, Step]) -> dict[str, list[float]]:
    """Measure milliseconds of each step in turn."""

    def clock(step: Step) -> Callable[[], float]:
        return lambda: 1000 * seconds(step, options.device)

    variants = {name: clock(step) for name, step in steps.items()}
    return in_turn(variants, options.repeats if options.quick else 20 * options.repeats)


def loaded(options: Options) -> tuple[Bundle, Tensor]:
    """Return the bundle, and one film as its network takes it, (1, C, W, H)."""
    bundle = load_bundle(options.bundle, options.device)
    item = Preparation(bundle)(Case(film(options)))
    return bundle, item.slices[0].as_tensor()[None].to(bundle.device)


def reading(options: Options) -> list[Measured]:
    """The sentence that is written: looked up in the table, or typed back and read by the text encoder."""
    bundle, image = loaded(options)
    network: Any = bundle.network
    with torch.inference_mode():
        zones = network.report(image)["zone_logits"]
        _, numbers = network.report_writer.choose(zones, torch.zeros(1, 1, device=image.device))
    ids, mask = network.report_writer.ids[numbers], network.report_writer.mask[numbers]
    table, encoder = "out of the table", "by the text encoder"
    alone = {
        table: partial(network.report_writer, numbers),
        encoder: partial(network.text_encoder, ids, mask),
    }
    whole = {table: partial(network, image), encoder: partial(network, image, ids, mask)}
    notes = {"tokens": int(mask.sum())}
    return [
        measured(title, "ms", table, milliseconds(options, steps), **notes)
        for title, steps in (("reading the written sentence", alone), ("a pass that reads it", whole))
    ]


def detector(options: Options) -> list[Measured]:
    """What share of a pass finding the zones takes; none without a detector."""
    bundle, image = loaded(options)
    network: Any = bundle.network
    if not hasattr(network.report_head, "detector_encoder"):
        return []
    with torch.inference_mode():
        padded, _, _ = prepare_inputs(image, None, None, 32, network.smallest)
        maps = network.image_encoder(padded)

    steps = {
        "a whole pass": partial(network, image),
        "the image encoder": partial(network.image_encoder, padded),
        "the detector": partial(network.report_head, padded, maps),
    }
    parameters = {"a whole pass": count(network), "the detector": count(network.report_head)}
    notes = {"parameters": parameters}
    return [measured("parts of a pass", "ms", "a whole pass", milliseconds(options, steps), **notes)]


def torchscript(options: Options) -> list[Measured]:
    """The exported network, whole and without its text encoder: a pass without a sentence, and loading."""
    bundle, image = loaded(options)
    files = {
        name: export_network(bundle, Path(options.folder) / f"{name}.ts", text_free)
        for name, text_free in (("whole", False), ("text-free", True))
    }

    def load(path: Path) -> Any:
        return torch.jit.load(path, map_location=bundle.device)

    scripts = {name: load(file.path) for name, file in files.items()}
    with torch.inference_mode():
        for script in scripts.values():
            for _ in range(WARM_UP):
                script(image)
    steps = {name: partial(script, image) for name, script in scripts.items()}
    passes = milliseconds(options, steps | {"the network in Python": partial(bundle.network, image)})
    loading = milliseconds(options, {name: partial(load, file.path) for name, file in files.items()})
    notes = {
        "bytes": {name: file.bytes for name, file in files.items()},
        "parameters": {name: file.parameters for name, file in files.items()},
    }
    return [
        measured("a pass of TorchScript", "ms", "whole", passes, **notes),
        measured("loading TorchScript", "ms", "whole", loading, **notes),
    ]


def head(options: Options) -> list[Measured]:
    """The head with a detector against the simple one, both with random weights."""
    _, image = loaded(options)
    networks: dict[str, nn.Module] = {}
    for name in ("lerg", "simple"):
        parser = options.parser("inference", overrides={"network_def#report_head": name})
        networks[name] = parser.get_parsed_content("network_def").to(options.device).eval()
    steps = {name: partial(network, image) for name, network in networks.items()}
    parameters = {name: count(network) for name, network in networks.items()}
    return [measured("a pass by head", "ms", "lerg", milliseconds(options, steps), parameters=parameters)]


def count(network: nn.Module) -> int:
    """Return the number of weights."""
    return sum(weight.numel() for weight in network.parameters())
