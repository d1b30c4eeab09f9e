"""Randomness out of (seed, epoch, sample) alone, so that a resumed training repeats itself exactly."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence, Sized
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import torch
from monai.data import CacheDataset
from torch.utils.data import Sampler
from tqdm import tqdm


def derived_seed(*parts: int) -> int:
    """Mix non-negative integers into one seed in [0, 2**32), so that near tuples give unrelated streams."""
    return int(np.random.SeedSequence([int(part) for part in parts]).generate_state(1)[0])


class SeededDataset(CacheDataset):
    """MONAI's `CacheDataset` whose random transforms depend on (seed, epoch, index) and on nothing else.

    MONAI caches what the transforms before the first random one make, and runs the rest at each visit; the
    random ones draw from a stream that runs on from item to item, which a resumed training, another number of
    workers or another order would enter at another place. Here every visit of an item starts its own stream.

    The epoch lives in shared memory, so that persistent workers see it change too. Let an epoch visit the
    whole loader: workers that fetch ahead over the end of an epoch would see the epoch before.

    Args:
        data: the records of a datalist.
        transform: the transforms; those before the first random one are cached.
        seed: the seed of the training.
        cache_rate: share of the records, from the first on, that is kept in memory, in [0, 1].
        num_workers: threads that fill the cache.
        progress: show a bar while the cache is filled.
        copy_cache: copy an item out of the cache before the random transforms see it. False is faster and
            right only if none of them writes into its input.
    """

    def __init__(
        self,
        data: Sequence,
        transform: Sequence[Callable] | Callable | None = None,
        seed: int = 0,
        cache_rate: float = 1.0,
        num_workers: int | None = 1,
        progress: bool = False,
        copy_cache: bool = True,
    ) -> None:
        if not 0.0 <= cache_rate <= 1.0:
            raise ValueError(f"cache_rate is {cache_rate}; it is a share of the records, between 0 and 1")
        self.seed = seed
        self._epoch = torch.zeros(1, dtype=torch.int64).share_memory_()
        super().__init__(
            data=data,
            transform=transform,
            cache_rate=cache_rate,
            num_workers=num_workers,
            progress=progress,
            copy_cache=copy_cache,
        )

    @property
    def epoch(self) -> int:
        """The epoch whose randomness is drawn; 0 before the first `set_epoch`."""
        return int(self._epoch.item())

    def set_epoch(self, epoch: int) -> None:
        """Draw the randomness of this epoch from now on, in every worker."""
        self._epoch.fill_(epoch)

    def _fill_cache(self, indices: Iterable[int] | None = None) -> list:
        """Fill the cache, and after a broken file leave no thread behind.

        MONAI's own pool does not wait for its threads then, and one that is still inside torch when the
        process ends aborts it, below the line that names the file.
        """
        wanted = list(range(self.cache_num) if indices is None else indices)
        shown = tqdm(total=len(wanted), desc="loading", disable=not self.progress)
        with ThreadPoolExecutor(max_workers=self.num_workers) as pool, shown:
            items = []
            for item in pool.map(self._load_cache_item, wanted):
                items.append(item)
                shown.update()
            return items

    def _transform(self, index: int) -> Any:
        if not -len(self) <= index < len(self):
            raise IndexError(f"item {index} of {len(self)}")  # which ends a loop over the data set
        index = index % len(self)  # -1 and the last index are one item, so one stream
        self.transform.set_random_state(seed=derived_seed(self.seed, self.epoch, index))
        return super()._transform(index)


class EpochSampler(Sampler[int]):
    """An order of the samples that depends on (seed, epoch) alone.

    Several processes take `torch.utils.data.DistributedSampler` in its place, which has the same `set_epoch`.

    Args:
        dataset: what is sampled, or its length.
        seed: the seed of the training.
        shuffle: a new permutation each epoch; False keeps the order of the data set.
    """

    def __init__(self, dataset: Sized | int, seed: int = 0, shuffle: bool = True) -> None:
        self.length = dataset if isinstance(dataset, int) else len(dataset)
        self.seed = seed
        self.shuffle = shuffle
        self.epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Give the order of this epoch from the next iteration on."""
        self.epoch = epoch

    def __len__(self) -> int:
        return self.length

    def __iter__(self) -> Iterator[int]:
        if not self.shuffle:
            return iter(range(self.length))
        order = np.random.default_rng(derived_seed(self.seed, self.epoch)).permutation(self.length)
        return iter(order.tolist())
