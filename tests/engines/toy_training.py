"""A training of seconds: blobs left and right, and a sentence of one token that says which one is meant."""

from __future__ import annotations

from pathlib import Path

import torch
from monai.data import DataLoader
from monai.engines import SupervisedEvaluator, SupervisedTrainer
from monai.handlers import LrScheduleHandler, ValidationHandler
from monai.transforms import Compose, RandGaussianNoised
from torch import nn

from textguide.engines import EpochSampler, PrepareTextBatch, SeededDataset, warmup_cosine
from textguide.handlers import (
    BestWeights,
    CSVLog,
    EarlyStop,
    EpochSeed,
    Progress,
    ResumeCheckpoint,
    WeightAverage,
)
from textguide.metrics import SegmentationMetric

SIZE = 12


def records(count: int, first: int = 0) -> list[dict]:
    """Cases of two patients each time; the text names the blob of the label."""
    items = []
    for number in range(first, first + count):
        noise = torch.Generator().manual_seed(number)
        image = torch.rand(1, SIZE, SIZE, generator=noise) * 0.3
        image[:, 1:4, 4:8] += 1.0
        image[:, 8:11, 4:8] += 1.0
        side = number % 2
        label = torch.zeros(1, SIZE, SIZE)
        label[:, slice(8, 11) if side else slice(1, 4), 4:8] = 1.0
        items.append(
            {
                "image": image,
                "label": label,
                "input_ids": torch.tensor([1 + side, 0]),
                "attention_mask": torch.tensor([1, 0]),
                "zones": torch.tensor([1.0 - side] * 3 + [float(side)] * 3),
                "case_id": f"case_{number}",
                "group_id": f"patient_{number // 2}",
            }
        )
    return items


class ToyNetwork(nn.Module):
    """Convolution, batch norm, dropout and a text bias: whatever a checkpoint can get wrong."""

    def __init__(self, dropout: float = 0.2) -> None:
        super().__init__()
        self.embedding = nn.Embedding(3, SIZE)
        self.convolution = nn.Sequential(
            nn.Conv2d(1, 4, kernel_size=3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.Dropout(dropout)
        )
        self.head = nn.Conv2d(4, 1, kernel_size=1)

    def forward(self, image, input_ids=None, attention_mask=None):
        features = self.convolution(image)
        if input_ids is not None:
            mask = attention_mask[..., None].float()
            text = (self.embedding(input_ids) * mask).sum(dim=1)
            features = features * text[:, None, :, None]
        logits = self.head(features)
        return {"logits": logits, "attention": features} if self.training else logits


class ToyLoss(nn.Module):
    def forward(self, outputs, target):
        return nn.functional.binary_cross_entropy_with_logits(outputs["logits"], target)


def toy_trainer(
    folder: Path,
    max_epochs: int = 4,
    resume: bool | str = False,
    extra_handlers: tuple = (),
    average: float | None = 0.9,
    num_workers: int = 0,
    patience: int = 20,
    validation_cases: int = 6,
) -> SupervisedTrainer:
    """Build everything anew, as a fresh process does."""
    torch.manual_seed(0)
    network = ToyNetwork()
    optimizer = torch.optim.AdamW(network.parameters(), lr=0.02)
    schedule = warmup_cosine(optimizer, warmup=2, total=max(max_epochs, 4) * 3)
    noise = Compose([RandGaussianNoised(keys="image", prob=0.9, std=0.2)])
    dataset = SeededDataset(records(10), noise, seed=7)
    sampler = EpochSampler(dataset, seed=7)
    device = torch.device("cpu")
    evaluator = SupervisedEvaluator(
        device=device,
        val_data_loader=DataLoader(
            SeededDataset(records(validation_cases, first=100), Compose([])), batch_size=3
        ),
        network=network,
        prepare_batch=PrepareTextBatch(),
        key_val_metric={"val_global_dice": SegmentationMetric()},
        val_handlers=[BestWeights(folder / "model.pt")],
        decollate=False,
    )
    handlers = [
        ResumeCheckpoint(folder / "last.pt", resume=resume, lr_scheduler=schedule, evaluator=evaluator),
        EpochSeed(seed=7),
        CSVLog(folder / "train.csv", evaluator=evaluator),
        Progress(evaluator=evaluator, bar=False),
        EarlyStop(patience=patience, evaluator=evaluator),
        ValidationHandler(interval=1, validator=evaluator),
        LrScheduleHandler(schedule, epoch_level=False, print_lr=False),
        *([WeightAverage(decay=average, evaluator=evaluator)] if average else []),
        *extra_handlers,
    ]
    return SupervisedTrainer(
        device=device,
        max_epochs=max_epochs,
        train_data_loader=DataLoader(dataset, batch_size=4, sampler=sampler, num_workers=num_workers),
        network=network,
        optimizer=optimizer,
        loss_function=ToyLoss(),
        prepare_batch=PrepareTextBatch(),
        train_handlers=handlers,
        decollate=False,
    )
