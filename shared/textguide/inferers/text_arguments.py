"""Text tensors that follow their sample wherever an inferer cuts, stacks or repeats it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from torch import Tensor


class TextArguments:
    """The arguments of a network beside the image, one row of each tensor belonging to one sample.

    Args:
        batch: number of samples B.
        args: positional arguments: tensors (B, ...), or (1, ...) for all samples; anything else goes to every
            call.
        kwargs: the same by name, such as `input_ids` and `attention_mask` (B, L).

    Raises:
        ValueError: a tensor has neither B rows nor one.
    """

    def __init__(self, batch: int, args: Sequence[Any], kwargs: Mapping[str, Any]) -> None:
        for name, value in [*enumerate(args), *kwargs.items()]:
            if isinstance(value, Tensor) and (value.ndim == 0 or value.shape[0] not in (1, batch)):
                raise ValueError(
                    f"the argument {name} has the shape {tuple(value.shape)} beside {batch} images; "
                    f"one row for each image, or one for all, is needed"
                )
        self.args = tuple(args)
        self.kwargs = dict(kwargs)

    def rows(self, samples: Tensor) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Return the arguments of a stack of windows or slices.

        Args:
            samples: (N,) long, the sample that each window or slice was cut from.

        Returns:
            Positional arguments and arguments by name, tensors with N rows.
        """

        def pick(value: Any) -> Any:
            if not isinstance(value, Tensor):
                return value
            if value.shape[0] == 1:
                return value.expand(len(samples), *value.shape[1:])
            return value.index_select(0, samples.to(value.device))

        return tuple(pick(value) for value in self.args), {k: pick(v) for k, v in self.kwargs.items()}
