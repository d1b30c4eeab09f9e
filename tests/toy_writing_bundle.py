"""A bundle of a narrow SGSeg with random weights: for tests of what is done with a network that writes."""

from __future__ import annotations

from pathlib import Path

import torch
from tests.networks.toys import DETECTOR_ENCODER, IMAGE_ENCODER, TEXT_ENCODER
from tests.toy_bundle import make_toy_bundle

from textguide.segmenter import read_bundle

NETWORK = {
    "_target_": "textguide.networks.nets.SGSeg",
    "image_encoder": IMAGE_ENCODER,
    "text_encoder": TEXT_ENCODER | {"vocab_size": 2403},
    "reports": {"_target_": "textguide.text.tokenize_reports", "tokenizer": "@tokenizer"},
    "detector_encoder": DETECTOR_ENCODER,
    "detector_backbone": "shared",
    "guide_scale": 1.421,  # so that a sentence matters at once
}
METADATA = {"version": "0.0.1", "side_convention": "image", "writes_text": True, "name": "a toy"}


def make_writing_bundle(path: Path) -> Path:
    """Write the bundle, with weights in float16, and return its folder."""
    make_toy_bundle(path, METADATA, network_def=NETWORK, spatial_size=[64, 64], max_length=64)
    torch.manual_seed(0)
    network = read_bundle(path).get_parsed_content("network_def").eval()
    torch.save(network.half().state_dict(), path / "models" / "model.pt")
    return path
