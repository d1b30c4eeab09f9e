"""A bundle of a few weights whose mask follows "left" and "right": for tests of what stands around it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from textguide.text import load_tokenizer

CONFIG: dict[str, Any] = {
    "imports": ["$import torch"],
    "bundle_root": ".",
    "device": "$torch.device('cpu')",
    "spatial_size": [16, 16],
    "max_length": 12,
    "tokenizer": {"_target_": "textguide.text.load_tokenizer"},
    "network_def": {"_target_": "tests.toy_bundle.ToyNetwork", "vocabulary_size": "$len(@tokenizer)"},
    "preprocessing": {
        "_target_": "Compose",
        "transforms": [
            {
                "_target_": "LoadImaged",
                "keys": "image",
                "reader": {"_target_": "textguide.data.image.FilmReader"},
                "ensure_channel_first": True,
            },
            {"_target_": "textguide.transforms.MatchChannelsd", "keys": "image", "channels": 1},
            {"_target_": "Resized", "keys": "image", "spatial_size": "@spatial_size", "mode": "bilinear"},
            {"_target_": "NormalizeIntensityd", "keys": "image"},
            {
                "_target_": "textguide.transforms.TokenizeTextd",
                "keys": "text",
                "tokenizer": "@tokenizer",
                "max_length": "@max_length",
            },
        ],
    },
    "inferer": {"_target_": "SimpleInferer"},
}
METADATA = {"version": "0.0.1", "side_convention": "image"}


class ToyNetwork(nn.Module):
    """Without a sentence the bright pixels; with one, the half of the picture that it names.

    Args:
        vocabulary_size: rows of the table that says how far each token leans to the left.
    """

    def __init__(self, vocabulary_size: int) -> None:
        super().__init__()
        self.lean = nn.Parameter(torch.zeros(vocabulary_size))
        self.brightness = nn.Parameter(torch.tensor(0.0))

    def forward(
        self, image: Tensor, input_ids: Tensor | None = None, attention_mask: Tensor | None = None
    ) -> Tensor:
        side = image.new_zeros(len(image))
        if input_ids is not None and attention_mask is not None:
            side = (self.lean[input_ids] * attention_mask).sum(dim=1)
        x = torch.linspace(-1, 1, image.shape[2], device=image.device)
        guided = -8 * side[:, None, None, None] * x[:, None]
        return torch.where(side[:, None, None, None] == 0, self.brightness * image, guided + 0 * image)


def make_toy_bundle(path: Path, metadata: dict[str, Any] | None = None, **changes: Any) -> Path:
    """Write the bundle, with weights in float16, and return its folder."""
    (path / "configs").mkdir(parents=True)
    (path / "models").mkdir()
    (path / "configs" / "inference.json").write_text(json.dumps(CONFIG | changes))
    (path / "configs" / "metadata.json").write_text(json.dumps(METADATA if metadata is None else metadata))
    tokenizer = load_tokenizer()
    network = ToyNetwork(len(tokenizer))
    with torch.no_grad():
        network.brightness.fill_(4.0)
        network.lean[tokenizer.convert_tokens_to_ids("left")] = 1.0
        network.lean[tokenizer.convert_tokens_to_ids("right")] = -1.0
    torch.save(
        {name: value.half() for name, value in network.state_dict().items()}, path / "models" / "model.pt"
    )
    return path


def halves(mask: np.ndarray) -> tuple[float, float]:
    """Return which share of the left and of the right 20 columns a mask (W, H) covers."""
    return float(mask[:20].mean()), float(mask[20:].mean())
