"""A network that knows what it was built with, so that a training can write it down."""

from __future__ import annotations

import functools
import inspect
from typing import TypeVar

from torch import nn

Network = TypeVar("Network", bound=type[nn.Module])


def keeps_arguments(network: Network) -> Network:
    """Let every object of a class carry `arguments`: name -> value of its constructor, defaults included.

    Lists stand in for tuples, so that the arguments go through JSON unchanged.
    """
    build = network.__init__
    signature = inspect.signature(build)

    @functools.wraps(build)
    def keep_and_build(self: nn.Module, *given: object, **named: object) -> None:
        bound = signature.bind(self, *given, **named)
        bound.apply_defaults()
        build(self, *given, **named)
        _, *arguments = bound.arguments.items()
        kept = {name: list(value) if isinstance(value, tuple) else value for name, value in arguments}
        self.arguments = kept  # type: ignore[assignment]

    network.__init__ = keep_and_build  # type: ignore[method-assign]
    return network
