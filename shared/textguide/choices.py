"""One line for a choice that does not exist."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any


def check_choice(name: str, given: Any, allowed: Iterable[Any]) -> None:
    """Make sure that an argument is one of its choices.

    Raises:
        ValueError: it is not; the message names what came and what is allowed.
    """
    choices = list(allowed)
    if given not in choices:
        raise ValueError(f"{name} is {given!r}: allowed {_verb(choices)} {listed(choices)}")


def check_choices(name: str, given: Sequence[Any], allowed: Iterable[Any]) -> None:
    """Make sure that every item of a list is one of its choices.

    Raises:
        TypeError: it is a single string.
        ValueError: an item is not allowed.
    """
    if isinstance(given, str):
        raise TypeError(f"{name} is {given!r}: a list is needed, such as [{given!r}]")
    choices = list(allowed)
    unknown = [item for item in given if item not in choices]
    if unknown:
        raise ValueError(f"{name} has {unknown[0]!r}: allowed are {listed(choices)}")


def listed(choices: Sequence[Any]) -> str:
    """Write `'a', 'b' and 'c'`."""
    *first, last = map(repr, choices)
    return f"{', '.join(first)} and {last}" if first else last


def _verb(choices: Sequence[Any]) -> str:
    return "is" if len(choices) == 1 else "are"
