from __future__ import annotations

import copy
import pickle
import threading
import time

import pytest
import torch
from monai.data import DataLoader
from monai.transforms import Compose, Lambdad, RandFlipd, RandGaussianNoised

from textguide.engines import EpochSampler, SeededDataset
from textguide.engines.seeded_dataset import derived_seed

COUNT = 6


def dataset(seed: int = 1, **options) -> SeededDataset:
    records = [{"image": torch.arange(9.0).reshape(1, 3, 3) + number} for number in range(COUNT)]
    steps = [
        Lambdad(keys="image", func=double),
        RandFlipd(keys="image", prob=0.5),
        Compose([RandGaussianNoised(keys="image", prob=1.0)]),
    ]
    return SeededDataset(records, Compose(steps), seed=seed, **options)


def double(image):
    return image * 2


def epoch_of(data: SeededDataset, epoch: int, order=range(COUNT)) -> list[torch.Tensor]:
    data.set_epoch(epoch)
    found = {number: data[number]["image"] for number in order}
    return [found[number] for number in range(COUNT)]


def same(first, second) -> bool:
    return all(torch.equal(a, b) for a, b in zip(first, second, strict=True))


def test_an_item_depends_on_seed_epoch_and_index_alone():
    data = dataset()
    first = epoch_of(data, 1)
    assert same(first, epoch_of(data, 1, order=reversed(range(COUNT))))
    assert same(first, epoch_of(dataset(), 1)), "a fresh process draws the same"
    assert same(first, epoch_of(dataset(cache_rate=0.5), 1)), "cached or not"
    assert same(first, epoch_of(dataset(copy_cache=False), 1))


def test_every_epoch_item_and_seed_draws_anew():
    data = dataset()
    first, second = epoch_of(data, 1), epoch_of(data, 2)
    assert not any(torch.equal(a, b) for a, b in zip(first, second, strict=True))
    noises = [image - image.round() for image in first]
    assert len({tuple(noise.flatten().tolist()) for noise in noises}) == COUNT
    assert not same(first, epoch_of(dataset(seed=2), 1))


def test_a_negative_index_is_the_same_item():
    data = dataset()
    assert torch.equal(data[-1]["image"], data[COUNT - 1]["image"])


@pytest.mark.parametrize("options", [{}, {"num_workers": 2}, {"num_workers": 2, "persistent_workers": True}])
def test_workers_see_the_epoch(options):
    data = dataset()
    loader = DataLoader(data, batch_size=2, **options)
    for epoch in (1, 2):
        expected = epoch_of(dataset(), epoch)
        data.set_epoch(epoch)
        assert same(expected, [image for batch in loader for image in batch["image"]])


def test_the_data_set_can_be_copied_and_pickled():
    data = dataset()
    data.set_epoch(4)
    for other in (copy.deepcopy(data), pickle.loads(pickle.dumps(data))):
        assert other.epoch == 4
        assert torch.equal(other[2]["image"], data[2]["image"])


def test_the_data_stay_reachable_as_monai_label_expects():
    assert len(dataset().data) == len(dataset()) == COUNT


def test_a_rate_outside_of_zero_to_one_is_refused():
    with pytest.raises(ValueError, match="cache_rate is 80"):
        dataset(cache_rate=80)


def test_the_order_depends_on_seed_and_epoch_alone():
    sampler = EpochSampler(20, seed=3)
    sampler.set_epoch(1)
    first = list(sampler)
    assert sorted(first) == list(range(20)) != first
    assert list(sampler) == first
    again = EpochSampler(range(20), seed=3)
    again.set_epoch(1)
    assert list(again) == first
    sampler.set_epoch(2)
    assert list(sampler) != first
    assert list(EpochSampler(20, seed=3, shuffle=False)) == list(range(20))
    assert len(sampler) == 20


def test_near_seeds_are_unrelated():
    seeds = {
        derived_seed(seed, epoch, index) for seed in range(5) for epoch in range(5) for index in range(5)
    }
    assert len(seeds) == 125
    assert derived_seed(1, 2, 3) != derived_seed(3, 2, 1)


def test_after_an_item_that_cannot_be_read_no_thread_is_left_that_would_abort_the_process():
    def read(number: int) -> int:
        if number == 1:
            raise ValueError("'mask.png' cannot be read")
        time.sleep(0.2)
        return number

    before = set(threading.enumerate())
    with pytest.raises(RuntimeError) as caught:
        SeededDataset([{"image": number} for number in range(4)], Compose([Lambdad("image", read)]))
    assert "mask.png" in str(caught.value.__cause__)
    assert set(threading.enumerate()) == before


def test_several_threads_fill_the_cache_in_order_and_show_a_bar(capfd):
    items = [{"image": number} for number in range(6)]
    data = SeededDataset(items, Compose([Lambdad("image", double)]), num_workers=3, progress=True)
    assert [item["image"] for item in data] == [0, 2, 4, 6, 8, 10]
    assert "6/6" in capfd.readouterr().err
