"""A bundle's network as one TorchScript file, which runs wherever PyTorch does: no MONAI, no transformers."""

from __future__ import annotations

import io
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from monai.data import save_net_with_metadata
from torch import Tensor, nn

from textguide import __version__
from textguide.atomic_write import atomic_path
from textguide.segmenter.bundle import Bundle, read_json
from textguide.segmenter.preparation import Preparation

_SENTENCE = "one infected area, lower left lung."
_SIZES = ((2, 64, 96), (1, 224, 160))  # batch, width and height of the images of the check
_TOLERANCE = 1e-5
_OUTSIDE = (
    "the graph begins behind the preprocessing: hand in what these steps make of a picture, and bring the "
    "mask, sigmoid(logits) >= threshold, back to its size; axes: channel, then x (columns), then y (rows)"
)
_METHODS = {
    "forward": "image (B, C, W, H) float32{text} -> logits (B, 1, W, H)",
    "report": "as forward -> logits (B, 1, W, H) and zone_logits (B, 6): left upper, left middle, "
    "left lower, right upper, right middle, right lower",
    "written_zones": "zone_logits (B, 6) -> the six bits (B, 6) of the sentence that is written",
}
_TEXT = ", optionally input_ids and attention_mask (B, L) int64"


@dataclass(frozen=True)
class Export:
    """What became of a network.

    Attributes:
        path: the file.
        bytes: its size.
        parameters: how many weights it holds.
        left_out_bytes: by how much the file of the whole network would be larger.
        left_out_parameters: how many weights of the text encoder stayed behind.
    """

    path: Path
    bytes: int
    parameters: int
    left_out_bytes: int = 0
    left_out_parameters: int = 0


def export_network(bundle: Bundle, path: str | os.PathLike[str], text_free: bool = False) -> Export:
    """Write the network of a bundle as TorchScript, after checking that the file does what the network does.

    `configs/metadata.json` travels in the file as MONAI's `metadata.json`, with one more key, `export`: what
    the preprocessing does to an image, which is no part of the graph, its numbers, and what to call. So does
    `configs/inference.json`. The file runs on the kind of device that the bundle was loaded on.

    Args:
        bundle: as `load_bundle` gives it.
        path: of the file, such as `runs/model.ts`. One that is there is replaced by a whole one, or stays.
        text_free: leave the text encoder out. The network then runs from the image alone, reads the sentence
            that it writes itself, and refuses a typed one.

    Raises:
        ValueError: the path is a folder, the network cannot do without its text encoder or cannot be
            scripted, or the file does something else than the network.
    """
    path = Path(path)
    if path.is_dir():
        raise ValueError(f"'{path}' is a folder; name the file, such as '{path / 'model.ts'}'")
    network: Any = bundle.network
    if text_free and not callable(getattr(network, "text_free", None)):
        raise ValueError(
            f"the network of '{bundle.name}' writes no sentence of its own, so that there is no text-free "
            "form of it; export it without --text_free"
        )
    described = describe(bundle, text_free)
    config = (bundle.path / "configs" / "inference.json").read_bytes()
    with atomic_path(path) as temporary:
        exported = network.text_free() if text_free else network
        temporary.write_bytes(_scripted(exported, bundle.name, described, config))
        _check(temporary, network, bundle, text_free)
    done = Export(path, path.stat().st_size, _count(exported))
    if not text_free:
        return done
    whole = len(_scripted(network, bundle.name, describe(bundle), config))
    return Export(path, done.bytes, done.parameters, whole - done.bytes, _count(network) - done.parameters)


def describe(bundle: Bundle, text_free: bool = False) -> dict[str, Any]:
    """Return the metadata of a bundle, and under `export` what someone needs to know who has but the file."""
    metadata = read_json(bundle.path / "configs" / "metadata.json")
    config = read_json(bundle.path / "configs" / "inference.json")
    reads_text = bundle.reads_text and not text_free
    if not reads_text:
        metadata.pop("text_encoder_data_format", None)
        metadata["reads_text"] = False
    steps = _resolve(config["preprocessing"], config)
    steps = steps["transforms"] if isinstance(steps, dict) and "transforms" in steps else [steps]
    metadata["export"] = {
        "methods": {
            name: signature.format(text=_TEXT if reads_text else "")
            for name, signature in _METHODS.items()
            if callable(getattr(bundle.network, name, None))
        },
        "outside_the_graph": _OUTSIDE,
        "preprocessing": [step for step in steps if reads_text or step.get("keys") != "text"],
        "threshold": bundle.threshold,
        "temperature": bundle.temperature,
        "side_convention": bundle.side_convention,
        "text_free": text_free,
        "device": bundle.device.type,
        "bundle": bundle.identity,
        "textguide": __version__,
    }
    return metadata


def _resolve(value: Any, config: dict[str, Any]) -> Any:
    """Put what a configuration says into the place of references to it: numbers in place of names."""
    if isinstance(value, dict):
        return {key: _resolve(inner, config) for key, inner in value.items()}
    if isinstance(value, list):
        return [_resolve(inner, config) for inner in value]
    if isinstance(value, str) and value.startswith("@"):
        return config.get(value[1:], value)
    return value


def _scripted(network: nn.Module, name: str, metadata: dict[str, Any], config: bytes) -> bytes:
    """Return the content of the file; of a stream, so that no temporary name stands in it."""
    file = io.BytesIO()
    with _quiet():
        try:
            script = torch.jit.script(network)
        except Exception as error:  # whatever the compiler or a traced part raises
            reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
            raise ValueError(f"the network of '{name}' cannot be scripted: {reason}") from error
        save_net_with_metadata(
            script, file, meta_values=metadata, more_extra_files={"inference.json": config}
        )
    return file.getvalue()


@torch.inference_mode()
def _check(path: Path, network: Any, bundle: Bundle, text_free: bool) -> None:
    """Compare what a file makes of random images, with a sentence and without, with what the network does."""
    tokens = Preparation(bundle).text_steps({"text": _SENTENCE}) if bundle.reads_text else {}
    channels = read_json(bundle.path / "configs" / "inference.json").get("channels", 1)
    generator = torch.Generator().manual_seed(0)
    with _quiet(), torch.jit.optimized_execution(False):  # what is checked is the file; optimising takes long
        script = torch.jit.load(path, map_location=bundle.device)
        for batch, width, height in _SIZES:
            shape = batch, channels, width, height
            image = torch.randn(shape, generator=generator).to(bundle.device)
            text = [
                tokens[key].expand(batch, -1).to(bundle.device)
                for key in ("input_ids", "attention_mask")
                if key in tokens and not text_free
            ]
            for count in range(len(text) + 1):
                given = [image, *text[:count]]
                pairs = [(script(*given), network(*given))]
                if hasattr(network, "report"):
                    found, expected = script.report(*given), network.report(*given)
                    pairs += [(found[name], value) for name, value in expected.items()]
                    bits = [one.written_zones(expected["zone_logits"]) for one in (script, network)]
                    pairs.append((bits[0].float(), bits[1].float()))
                _compare(pairs, bundle.name)


def _compare(pairs: list[tuple[Tensor, Tensor]], name: str) -> None:
    difference = max(float((found - expected).abs().max()) for found, expected in pairs)
    if not difference <= _TOLERANCE:  # NaN too
        raise ValueError(
            f"the file would differ from the network of '{name}' by {difference:.2g} in its logits, allowed "
            f"is {_TOLERANCE:.0e}: nothing was written"
        )


def _count(network: nn.Module) -> int:
    return sum(weight.numel() for weight in network.parameters())


@contextmanager
def _quiet() -> Iterator[None]:
    """Hold back PyTorch's notice that newer formats exist, and what a trace says of the sizes it saw."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
