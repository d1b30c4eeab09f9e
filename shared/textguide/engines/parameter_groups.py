"""Another learning rate for a part of a network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import nn
from torch.nn.parallel import DistributedDataParallel


def parameter_groups(
    network: nn.Module, learning_rate: float, factors: Mapping[str, float] | None = None
) -> list[dict[str, Any]]:
    """Sort the parameters of a network into the groups of an optimiser.

    A text encoder that can already read, from the hub or of a pre-training, does not survive the rate that
    a fresh decoder wants.

    Args:
        network: as it is, or wrapped for several processes; the parameters that need no gradient are left
            out.
        learning_rate: of every part that is not named.
        factors: name of a part, as `text_encoder` or `decoder.ups` -> factor on the learning rate, above 0.
            Where two names fit a parameter, the longer one counts.

    Returns:
        One group for each distinct rate: `params` and `lr`.

    Raises:
        ValueError: a name that is no part of the network, or a factor that is not above 0.
    """
    factors = dict(factors or {})
    if isinstance(network, DistributedDataParallel):
        network = network.module  # the same parameters, under their own names
    names = [name for name, parameter in network.named_parameters() if parameter.requires_grad]
    for part, factor in factors.items():
        if not factor > 0:
            raise ValueError(
                f"the factor of {part!r} is {factor}; above 0 is allowed (freeze a part to stop it)"
            )
        if not any(_is_part(part, name) for name in names):
            parts = ", ".join(name for name, _ in network.named_children())
            raise ValueError(f"the network has no learned part {part!r}; its parts are {parts}")
    groups: dict[float, dict[str, Any]] = {}
    parameters = dict(network.named_parameters())
    for name in names:
        fitting = [part for part in factors if _is_part(part, name)]
        rate = learning_rate * (factors[max(fitting, key=len)] if fitting else 1.0)
        groups.setdefault(rate, {"params": [], "lr": rate})["params"].append(parameters[name])
    return list(groups.values())


def _is_part(part: str, name: str) -> bool:
    return name == part or name.startswith(part + ".")
