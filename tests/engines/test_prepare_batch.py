from __future__ import annotations

import pytest
import torch
from monai.data import DataLoader, Dataset, MetaTensor

from textguide.engines import PrepareTextBatch


def batch(**extra) -> dict:
    return {
        "image": MetaTensor(torch.randn(2, 1, 4, 5)),
        "label": torch.ones(2, 1, 4, 5),
        "input_ids": torch.tensor([[1, 2], [3, 0]]),
        "attention_mask": torch.tensor([[1, 1], [1, 0]]),
        **extra,
    }


def test_the_text_goes_to_the_network_by_name():
    given = batch()
    image, target, args, kwargs = PrepareTextBatch()(given, device="cpu", non_blocking=True)
    assert torch.equal(image, given["image"])
    assert target is given["label"]
    assert args == ()
    assert {key: value.tolist() for key, value in kwargs.items()} == {
        "input_ids": [[1, 2], [3, 0]],
        "attention_mask": [[1, 1], [1, 0]],
    }


def test_no_label_and_no_text_are_none():
    _, target, _, kwargs = PrepareTextBatch(zones=True)({"image": torch.zeros(1, 1, 4, 4)})
    assert target is None
    assert kwargs == {"input_ids": None, "attention_mask": None}


def test_zones_join_the_label_unknown_ones_as_nan():
    zones = torch.tensor([[1.0] * 6, [float("nan")] * 6])
    _, target, _, _ = PrepareTextBatch(zones=True)(batch(zones=zones))
    assert set(target) == {"label", "zones"}
    assert torch.equal(target["zones"], zones) or target["zones"].isnan().sum() == 6
    assert target["zones"].shape == (2, 6)


def test_zones_that_a_loader_collated_by_column_are_one_table_again():
    items = [
        {"image": torch.zeros(1, 2, 2), "label": torch.zeros(1, 2, 2), "zones": [n, 0, 0, 0, 0, 1]}
        for n in (0, 1)
    ]
    collated = next(iter(DataLoader(Dataset(items), batch_size=2)))
    _, target, _, _ = PrepareTextBatch(zones=True)(collated)
    assert target["zones"].tolist() == [[0, 0, 0, 0, 0, 1], [1, 0, 0, 0, 0, 1]]


def test_zones_that_are_wanted_and_missing_are_an_error():
    with pytest.raises(ValueError, match="the batch has none"):
        PrepareTextBatch(zones=True)(batch())


def test_layout_and_metadata_are_a_choice_and_the_values_stay():
    given = batch()
    image, *_ = PrepareTextBatch(channels_last=True, keep_metadata=False)(given)
    assert type(image) is torch.Tensor
    assert image.is_contiguous(memory_format=torch.channels_last)
    assert torch.equal(image, given["image"].as_tensor())
    kept, *_ = PrepareTextBatch()(given)
    assert isinstance(kept, MetaTensor)
