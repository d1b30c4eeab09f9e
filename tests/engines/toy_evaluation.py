"""An evaluation of milliseconds: a network that marks the half of the picture that its text names."""

from __future__ import annotations

import torch
from monai.data import CacheDataset, DataLoader
from monai.engines import SupervisedEvaluator
from monai.handlers import CheckpointLoader
from monai.transforms import Compose, MapTransform
from torch import nn

from textguide.data import load_datalist, write_datalist
from textguide.engines import ConditionEvaluation, PrepareTextBatch
from textguide.metrics import SegmentationMetric

SENTENCE = "Unilateral pulmonary infection, one infected area, lower {} lung."


class LoadToy(MapTransform):
    """Draw what the name of the file says: a label on the left or on the right half."""

    def __call__(self, data):
        side = "left" if "left" in data["image"] else "right"
        label = torch.zeros(1, 8, 8)
        label[:, slice(0, 4) if side == "left" else slice(4, 8)] = 1
        if "none" in data["image"]:
            label.zero_()
        image = torch.ones(1, 8, 8)
        image[0, 0, 0] = 0 if "none" in data["image"] else -1 if side == "left" else 1
        return {**data, "image": image, "label": label}


class TokenizeToy(MapTransform):
    def __call__(self, data):
        token = next((1 + n for n, side in enumerate(("left", "right")) if side in data["text"]), 0)
        return {**data, "input_ids": torch.tensor([token]), "attention_mask": torch.tensor([int(token > 0)])}


class ObedientNetwork(nn.Module):
    """Marks the half that the text names, everything without a text."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.zeros(1))

    def forward(self, image, input_ids=None, attention_mask=None):
        half = torch.arange(8)[None, None, :, None] // 4 + 1  # 1 left, 2 right
        token = input_ids[:, :, None, None]
        wanted = (half == token) | (token == 0)
        return (wanted.float() * 2 - 1).expand_as(image) * self.scale


class WritingNetwork(ObedientNetwork):
    """Sees in the first pixel which lower zone is affected, and obeys its own sentence where it has none."""

    def __init__(self) -> None:
        super().__init__()
        self.self_guided = True
        self.typed: list[torch.Tensor] = []

    def report(self, image, input_ids=None, attention_mask=None):
        sign = image[:, 0, 0, 0]
        zone_logits = torch.full((len(image), 6), -2.0)
        zone_logits[:, 2], zone_logits[:, 5] = -3 * sign - 1, 3 * sign - 1
        return {"logits": self(image, input_ids, attention_mask), "zone_logits": zone_logits}

    def forward(self, image, input_ids=None, attention_mask=None):
        self.typed.append(input_ids)
        seen = (image[:, 0, 0, :1] / 2 + 1.5).long() * (image[:, 0, 0, :1] != 0)  # 1 left, 2 right, 0 neither
        ids = torch.where(input_ids == 0, seen, input_ids) if self.self_guided else input_ids
        return super().forward(image, ids, attention_mask)

    def written_zones(self, zone_logits):
        return (zone_logits >= 0).long()


def write_toy(folder) -> None:
    def record(number: int) -> dict:
        side = ("left", "right")[number % 2]
        empty = "none_" if number == 5 else ""
        return {
            "image": f"{empty}{side}_{number}.png",
            "label": f"mask_{number}.png",
            "text": SENTENCE.format(side),
            "case_id": f"case_{number}",
            "group_id": f"patient_{number // 2}",
            "zones": [0, 0, 1, 0, 0, 0] if side == "left" else [0, 0, 0, 0, 0, 1],
            "side_convention": "image",
            "text_source": "test",
        }

    header = {"name": "toy", "modality": "X-ray", "labels": {"1": "half"}, "license_note": "none"}
    sections = {
        "training": [],
        "validation": [record(n) for n in range(6)],
        "testing": [record(n) for n in range(6, 8)],
    }
    write_datalist(header | sections, folder / "datalist.json")


def build(
    folder, section: str = "validation", network_type=ObedientNetwork, inferer=None, **options
) -> ConditionEvaluation:
    write_toy(folder)
    network = network_type()
    with torch.no_grad():
        network.scale.fill_(1)
    torch.save(network.state_dict(), folder / "model.pt")
    records = load_datalist(folder, "validation")
    steps = Compose([LoadToy(keys="image"), TokenizeToy(keys="text")])
    dataset = CacheDataset(records, steps, progress=False)
    metric = SegmentationMetric()
    fresh = network_type()
    evaluator = SupervisedEvaluator(
        device=torch.device("cpu"),
        val_data_loader=DataLoader(dataset, batch_size=4),
        network=fresh,
        prepare_batch=PrepareTextBatch(),
        inferer=inferer,
        key_val_metric={"val_global_dice": metric},
        val_handlers=[CheckpointLoader(str(folder / "model.pt"), {"model": fresh})],
        decollate=False,
    )
    options = {"weights": folder / "model.pt", "draws": 50} | options
    return ConditionEvaluation(evaluator, metric, section, folder, folder / "out", **options)
