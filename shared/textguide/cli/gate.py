"""The gate before fire: a command line is checked whole against a function's signature before anything runs.

fire alone guesses types (``3`` becomes a number, ``None`` nothing, ``a,b`` a tuple) and calls a function
before it notices a flag that nobody knows. Here a value is the string as it was typed, converted by the
parameter's annotation alone.
"""

from __future__ import annotations

import inspect
import os
import re
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

FilePath = str | os.PathLike[str]
"""Annotation of a parameter that names a file or a folder; an empty one would be the current folder."""
_TRUE, _FALSE = ("true", "yes", "1"), ("false", "no", "0")


class Refused(Exception):
    """A command line that is not run; the message is one line for the user."""


@dataclass(frozen=True)
class Parameter:
    """One parameter of a command.

    Attributes:
        name: as in the function.
        convert: text -> value; raises ValueError with what is allowed.
        positional: may be given without its name.
        required: has no default.
        is_switch: stands for true without a value.
        default: what the help shows.
        choices: all that is allowed, if it can be listed.
    """

    name: str
    convert: Callable[[str], Any]
    positional: bool
    required: bool
    is_switch: bool
    default: Any
    choices: tuple[str, ...] = ()

    @property
    def flag(self) -> str:
        """The name on the command line."""
        return "--" + self.name.replace("_", "-")

    @property
    def label(self) -> str:
        """How a message calls it."""
        return self.name.upper() if self.positional else self.flag

    @property
    def takes_path(self) -> bool:
        """Whether it names a file or a folder."""
        return self.convert is _to_path

    @property
    def usage(self) -> str:
        """The place in a usage line."""
        value = "|".join(self.choices) or self.name.upper()
        if self.positional:
            return value if self.required else f"[{value}]"
        return f"[{self.flag}]" if self.is_switch else f"[{self.flag}={value}]"


def read_parameters(function: Callable[..., Any], options_only: bool = False) -> dict[str, Parameter]:
    """Read a signature: what stands before ``*`` may be positional, what stands after it is a flag.

    Args:
        function: whose annotations decide about conversion.
        options_only: leave out what has no default, and make the rest flags.
    """
    hints = typing.get_type_hints(function)
    found = {}
    for name, parameter in inspect.signature(function).parameters.items():
        required = parameter.default is parameter.empty
        if parameter.kind in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL) or (options_only and required):
            continue
        hint = hints.get(name, str)
        convert = converter(hint)
        found[name] = Parameter(
            name=name,
            convert=convert,
            positional=parameter.kind is not parameter.KEYWORD_ONLY and not options_only,
            required=required,
            is_switch=convert is _to_bool,
            default=None if required else parameter.default,
            choices=typing.get_args(hint) if typing.get_origin(hint) is typing.Literal else (),
        )
    return found


def converter(annotation: Any) -> Callable[[str], Any]:
    """Return what makes this type of a string; all but bool, int, float and Literal stay strings.

    Where a path is allowed, an empty string is refused.
    """
    if typing.get_origin(annotation) is typing.Literal:
        return _one_of(typing.get_args(annotation))
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        members = [one for one in typing.get_args(annotation) if one is not types.NoneType]
        if any(os.PathLike in (one, typing.get_origin(one)) for one in members):
            return _to_path
        return converter(members[0]) if len(members) == 1 else str
    return {bool: _to_bool, int: _to_int, float: _to_float}.get(annotation, str)


def _to_bool(text: str) -> bool:
    if text.lower() not in (*_TRUE, *_FALSE):
        raise ValueError("true or false")
    return text.lower() in _TRUE


def _to_int(text: str) -> int:
    if not re.fullmatch(r"[+-]?[0-9]+", text):
        raise ValueError("a whole number")
    return int(text)


def _to_float(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ValueError("a number") from None


def _to_path(text: str) -> str:
    if not text:
        raise ValueError("a path that is not empty (. is the current folder)")
    return text


def _one_of(choices: tuple[str, ...]) -> Callable[[str], str]:
    def convert(text: str) -> str:
        if text not in choices:
            raise ValueError(", ".join(choices))
        return text

    return convert


def check_arguments(parameters: Mapping[str, Parameter], arguments: Sequence[str]) -> dict[str, str]:
    """Match a command line with the parameters; values stay strings.

    ``--name=VALUE`` takes everything after the first ``=``, ``--name VALUE`` the next argument unless it
    begins with a dash. After ``--`` everything is positional.

    Raises:
        Refused: an unknown or repeated flag, a missing value, a surplus or missing argument, or a value of
            another kind.
    """
    given: dict[str, str] = {}
    free: list[str] = []
    rest = list(arguments)
    while rest:
        argument = rest.pop(0)
        if argument == "--":
            free += rest
            break
        if not argument.startswith("-") or argument == "-":
            free.append(argument)
            continue
        parameter, value = _split_flag(parameters, argument)
        if value is None and parameter.is_switch:
            value = "true"
        elif value is None:
            if not rest or rest[0].startswith("-"):
                hint = f"; write {parameter.flag}={rest[0]} if that is the value" if rest else ""
                raise Refused(f"{parameter.flag} needs a value{hint}")
            value = rest.pop(0)
        if parameter.name in given:
            raise Refused(f"{parameter.flag} is given twice")
        given[parameter.name] = value
    _fill_positional(parameters, free, given)
    for name, value in given.items():
        try:
            parameters[name].convert(value)
        except ValueError as allowed:
            raise Refused(f"{parameters[name].label} is {value!r}; allowed: {allowed}") from None
    return given


def first_argument(parameters: Mapping[str, Parameter], arguments: Sequence[str]) -> str | None:
    """Return the value of the first positional parameter, before all flags are known."""
    is_value = False
    for argument in arguments:
        name = argument[2:].replace("-", "_")
        if not is_value and not argument.startswith("-"):
            return argument
        is_value = argument.startswith("--") and name in parameters and not parameters[name].is_switch
    return None


def _split_flag(parameters: Mapping[str, Parameter], argument: str) -> tuple[Parameter, str | None]:
    name, equals, value = argument.partition("=")
    key = name[2:].replace("-", "_") if name.startswith("--") else ""
    if key not in parameters:
        flags = [parameter.flag for parameter in parameters.values()]
        near = get_close_matches(name, flags, n=1)
        hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(flags) or 'none'}"
        raise Refused(f"there is no flag {name}; {hint}")
    return parameters[key], value if equals else None


def _fill_positional(parameters: Mapping[str, Parameter], free: Sequence[str], given: dict[str, str]) -> None:
    places = [name for name, parameter in parameters.items() if parameter.positional and name not in given]
    if len(free) > len(places):
        hint = "; a value with spaces needs quotes"
        for one in parameters.values():
            if one.positional and one.takes_path:
                hint += f", and {one.label} takes one path: for several files give their folder"
        raise Refused(f"{free[len(places)]!r} is one argument too many{hint}")
    given.update(zip(places, free, strict=False))
    missing = [one.name.upper() for name, one in parameters.items() if one.required and name not in given]
    if missing:
        raise Refused(f"{' and '.join(missing)} must be given")
