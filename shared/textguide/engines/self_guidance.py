"""Networks that write the sentence they were not given: told not to for one condition, and told to again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from torch import nn

from textguide.engines.text_conditions import TEXT_CONDITIONS
from textguide.weights import plain_network

SWITCH = "self_guided"
"""The attribute of such a network: a missing sentence is written, or else there is none."""


def writes_reports(network: nn.Module) -> bool:
    """Tell whether a missing sentence is one that the network writes."""
    return hasattr(plain_network(network), "report") and bool(getattr(plain_network(network), SWITCH, False))


def check_runnable(conditions: Sequence[str], network: nn.Module) -> None:
    """Make sure that a network can be evaluated under these conditions.

    Raises:
        ValueError: a condition switches off the network's own sentence, and it writes none.
    """
    if unable := [name for name in conditions if not is_runnable(name, network)]:
        raise ValueError(
            f"the condition {unable[0]!r} switches off the sentence that a network writes itself, and "
            f"{type(plain_network(network)).__name__} writes none; leave the condition out"
        )


def is_runnable(condition: str, network: nn.Module) -> bool:
    """Tell whether a network has what a condition switches off, if it does."""
    return TEXT_CONDITIONS[condition].self_guided or hasattr(plain_network(network), SWITCH)


@contextmanager
def guidance_of(condition: str, network: nn.Module) -> Iterator[None]:
    """Switch off the network's own sentence where the condition says so, until the block ends.

    Args:
        condition: one of `TEXT_CONDITIONS`; any other name changes nothing.
        network: may be wrapped.
    """
    if condition not in TEXT_CONDITIONS or TEXT_CONDITIONS[condition].self_guided:
        yield
        return
    plain: Any = plain_network(network)
    before = plain.self_guided
    plain.self_guided = False
    try:
        yield
    finally:
        plain.self_guided = before
