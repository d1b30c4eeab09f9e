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


class WritingToyNetwork(ToyNetwork):
    """Writes of each half whether its lower zone is bright; without a sentence it reads what it wrote.

    Args:
        vocabulary_size: see `ToyNetwork`.
        reports: token ids of the 64 sentences.
    """

    ids: Tensor

    def __init__(self, vocabulary_size: int, reports: list[list[int]]) -> None:
        super().__init__(vocabulary_size)
        longest = max(map(len, reports))
        ids = torch.tensor([[*report, *[0] * (longest - len(report))] for report in reports])
        self.register_buffer("ids", ids, persistent=False)
        self.self_guided = True
        self.calls = 0

    def forward(
        self, image: Tensor, input_ids: Tensor | None = None, attention_mask: Tensor | None = None
    ) -> Tensor:
        return self.report(image, input_ids, attention_mask)["logits"]

    def report(
        self, image: Tensor, input_ids: Tensor | None = None, attention_mask: Tensor | None = None
    ) -> dict[str, Tensor]:
        self.calls += 1
        zone_logits = image.new_full((len(image), 6), -4.0)
        for zone, half in ((2, image[:, :, : image.shape[2] // 2]), (5, image[:, :, image.shape[2] // 2 :])):
            zone_logits[:, zone] = 10 * half.mean(dim=(1, 2, 3)) - 0.1
        ids, mask = self.read(zone_logits, input_ids, attention_mask)
        return {"logits": super().forward(image, ids, mask), "zone_logits": zone_logits}

    def written_zones(self, zone_logits: Tensor) -> Tensor:
        return (zone_logits >= 0).long()

    def read(self, zone_logits: Tensor, ids: Tensor | None, mask: Tensor | None) -> tuple[Tensor, Tensor]:
        """Return ids and mask of what is read: the given sentence, or the written one."""
        numbers = (self.written_zones(zone_logits) * 2 ** torch.arange(6)).sum(dim=1)
        written = self.ids[numbers]
        if ids is None or mask is None:
            ids, mask = torch.zeros_like(written), torch.zeros_like(written)
        length = max(ids.shape[1], written.shape[1])
        pad = nn.functional.pad
        ids, mask = (pad(one, (0, length - one.shape[1])) for one in (ids, mask))
        written = pad(written, (0, length - written.shape[1]))
        use = (mask.sum(dim=1, keepdim=True) == 0) & self.self_guided
        return torch.where(use, written, ids), torch.where(use, (written > 0).long(), mask)

    def explain(
        self, image: Tensor, input_ids: Tensor | None = None, attention_mask: Tensor | None = None
    ) -> dict[str, Tensor]:
        """Every token is as important as any other; of three queries one hardly counts."""
        found = self.report(image, input_ids, attention_mask)
        ids, mask = self.read(found["zone_logits"], input_ids, attention_mask)
        # a strip in the lower left, the whole picture, and a spot
        box = torch.tensor([[0.25, 0.75, 0.5, 0.25], [0.5, 0.5, 1.0, 1.0], [0.2, 0.2, 0.2, 0.2]])
        return {
            "probability": found["logits"].sigmoid(),
            "detector": 0 * image[:, :1] + 0.5,
            "zone_probabilities": found["zone_logits"].sigmoid(),
            "word_importance": mask / mask.sum(dim=1, keepdim=True).clamp(min=1),
            "read_ids": ids,
            "read_mask": mask,
            "query_weights": torch.tensor([[0.295, 0.7, 0.005]]).expand(len(image), 3),
            "query_boxes": box.expand(len(image), 3, 4),
        }


def make_writing_bundle(path: Path, **metadata: Any) -> Path:
    """Write the bundle of a network that writes, and return its folder."""
    target = {
        "_target_": "tests.toy_bundle.WritingToyNetwork",
        "vocabulary_size": "$len(@tokenizer)",
        "reports": {"_target_": "textguide.text.tokenize_reports", "tokenizer": "@tokenizer"},
    }
    return make_toy_bundle(
        path, METADATA | {"writes_text": True} | metadata, max_length=32, network_def=target
    )


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
