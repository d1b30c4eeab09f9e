"""Find a bundle and load what inference needs of it: network, preprocessing, inferer, conventions."""

from __future__ import annotations

import json
import logging
import os
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from monai.bundle import ConfigParser
from monai.inferers import Inferer
from monai.transforms import Compose
from torch import nn

from textguide.segmenter.device import choose_device
from textguide.weights import load_weights, weights_sha256

BUNDLES_VARIABLE = "TEXTGUIDE_BUNDLES"
_CONFIG = Path("configs") / "inference.json"


@dataclass(frozen=True)
class Bundle:
    """A loaded bundle.

    Attributes:
        path: its folder.
        version: of its metadata.
        network: in evaluation mode, on `device`.
        preprocessing: the steps of `configs/inference.json`.
        inferer: called as ``inferer(image, network, input_ids=..., attention_mask=...)``.
        device: where the network lies.
        side_convention: what "left" means to it, "image" or "patient"; None: sides mean nothing to it.
        threshold: probability from which a pixel belongs to the mask.
        temperature: what logits are divided by before confidence is judged; fitted on validation.
        weights_sha256: names the weights.
        reads_text: whether its network reads a sentence; False: it sees the image alone.
        writes_text: whether its network writes a sentence where none is given; it then has `report` and
            `written_zones`.
    """

    path: Path
    version: str
    network: nn.Module
    preprocessing: Compose
    inferer: Inferer
    device: torch.device
    side_convention: str | None
    threshold: float
    temperature: float
    weights_sha256: str
    reads_text: bool = True
    writes_text: bool = False

    @property
    def name(self) -> str:
        """Name of the folder, by which the bundle is looked up."""
        return self.path.name

    @property
    def identity(self) -> dict[str, str]:
        """What a result file says about its origin."""
        return {"name": self.name, "version": self.version, "weights_sha256": self.weights_sha256}


def bundle_folders() -> list[Path]:
    """Return where bundles are looked up: the folders of $TEXTGUIDE_BUNDLES, then the checkout's own."""
    listed = [Path(entry) for entry in os.environ.get(BUNDLES_VARIABLE, "").split(os.pathsep) if entry]
    return [*listed, Path(__file__).parents[3] / "bundles"]


def list_bundles() -> dict[str, Path]:
    """Return all bundles that can be named, by name; of two with one name the first folder's."""
    found: dict[str, Path] = {}
    for folder in bundle_folders():
        for config in sorted(folder.glob(f"*/{_CONFIG}")):
            found.setdefault(config.parents[1].name, config.parents[1])
    return found


def find_bundle(bundle: str | os.PathLike[str]) -> Path:
    """Return the folder of a bundle.

    Args:
        bundle: a folder, or a name that is looked up in `bundle_folders`.

    Raises:
        FileNotFoundError: there is none; the message lists the names that there are.
    """
    known = list_bundles()
    if os.fspath(bundle) in known:
        return known[os.fspath(bundle)].resolve()
    path = Path(bundle)
    if (path / _CONFIG).is_file():
        return path.resolve()
    if path.is_dir():
        raise FileNotFoundError(f"the folder '{path}' is no bundle: it has no {_CONFIG}.")
    places = ", ".join(map(str, bundle_folders()))
    raise FileNotFoundError(
        f"there is no bundle {os.fspath(bundle)!r}; known are {', '.join(known) or 'none'} "
        f"(looked up in {places}); give a name, a folder, or set ${BUNDLES_VARIABLE}."
    )


def verbatim(text: str | os.PathLike[str]) -> str:
    """Return a configuration value that evaluates to exactly this text.

    In a MONAI configuration a string that starts with $, @ or % is code or a reference, and # is rewritten. A
    path of the user's may hold any of them, so it travels as hexadecimal digits.
    """
    return f"$bytes.fromhex('{os.fsencode(text).hex()}').decode('utf-8', 'surrogateescape')"


def read_json(file: Path) -> dict[str, Any]:
    """Read a file of a bundle that holds one JSON object.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it holds something else; the message names it.
    """
    if not file.is_file():
        raise FileNotFoundError(f"'{file}' is missing; take the bundle's folder as a whole.")
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"'{file}' is not JSON: {error}.") from error
    if not isinstance(content, dict):
        raise ValueError(f"'{file}' holds {type(content).__name__}; a JSON object is expected.")
    return content


def read_bundle(path: Path, device: torch.device | None = None) -> ConfigParser:
    """Parse the inference configuration and the metadata of a bundle; nothing is built yet.

    Raises:
        FileNotFoundError: one of the two is missing.
        ValueError: one of the two is no JSON object.
    """
    parser = ConfigParser()
    config, metadata = path / _CONFIG, path / "configs" / "metadata.json"
    for file in (config, metadata):
        read_json(file)  # MONAI's parser does not say which file is broken
    parser.read_config(config)
    parser.read_meta(metadata)
    parser["bundle_root"] = verbatim(path)
    if device is not None:
        parser["device"] = f"$torch.device('{device}')"
    parser.parse(reset=True)
    return parser


def load_bundle(
    bundle: str | os.PathLike[str],
    device: str | torch.device | None = None,
    weights: str | os.PathLike[str] | None = None,
) -> Bundle:
    """Load a bundle for inference; its `initialize` and `run` sections are not executed.

    A bundle's configuration is code: load bundles from sources that you trust.

    Args:
        bundle: a folder or a name.
        device: see `choose_device`.
        weights: a state dictionary in place of the configuration's `ckpt_path` (`models/model.pt`).

    Raises:
        FileNotFoundError: bundle, configuration or weights are missing.
        ValueError: the configuration is broken or lacks a key, the weights do not fit, or the device cannot
            be used.
    """
    path = find_bundle(bundle)
    target = choose_device(device)
    parser = read_bundle(path, target)
    missing = [key for key in ("network_def", "preprocessing", "inferer") if key not in parser]
    if missing:
        raise ValueError(f"'{path / _CONFIG}' lacks {', '.join(missing)}; inference reads them.")
    if weights is None:
        weights = parser.get_parsed_content("ckpt_path", default=str(path / "models" / "model.pt"))
    with _no_codec_notice():
        preprocessing = parser.get_parsed_content("preprocessing")
    metadata: dict[str, Any] = parser.get("_meta_", {})
    return assemble_bundle(
        path=path,
        network=parser.get_parsed_content("network_def"),
        weights=weights,
        preprocessing=preprocessing,
        inferer=parser.get_parsed_content("inferer"),
        device=target,
        side_convention=parser.get("side_convention", metadata.get("side_convention")),
        threshold=parser.get_parsed_content("threshold", default=0.5),
        temperature=parser.get_parsed_content("temperature", default=1.0),
        **described(metadata),
    )


def described(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Return what metadata says of a network: `version`, `reads_text` and `writes_text`, see `Bundle`."""
    return {
        "version": str(metadata.get("version", "")),
        "reads_text": bool(metadata.get("reads_text", True)),
        "writes_text": bool(metadata.get("writes_text", False)),
    }


def assemble_bundle(
    path: Path,
    network: nn.Module,
    weights: str | os.PathLike[str],
    device: torch.device,
    threshold: float,
    temperature: float,
    **parts: Any,
) -> Bundle:
    """Make a bundle of parts that are built already; the network gets its weights.

    Args:
        path: see `Bundle`.
        network: is filled in place, strictly, and moved to the device.
        weights: the state dictionary.
        device: see `Bundle`.
        threshold: see `Bundle`.
        temperature: see `Bundle`.
        **parts: the other attributes of `Bundle`.

    Raises:
        FileNotFoundError: there are no such weights.
        ValueError: they do not fit, or threshold or temperature is out of range.
    """
    if not 0 < threshold < 1 or not temperature > 0:
        raise ValueError(
            f"threshold is {threshold} and temperature {temperature}; "
            "between 0 and 1, and above 0 is allowed."
        )
    load_weights(network, weights)
    return Bundle(
        path=path,
        network=network.to(device).eval(),
        device=device,
        threshold=float(threshold),
        temperature=float(temperature),
        weights_sha256=weights_sha256(weights),
        **parts,
    )


@contextmanager
def _no_codec_notice() -> Iterator[None]:
    """Hold back what each `LoadImaged` says of a missing nvImageCodec: nothing here reads by it."""
    logger = logging.getLogger("monai.data.nvimgcodec_pydicom_plugin")
    level = logger.level
    logger.setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="NvImgCodec")
        yield
    logger.setLevel(level)
