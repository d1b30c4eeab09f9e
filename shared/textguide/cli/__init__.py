"""The `textguide` command: dispatch, help, exit codes (0 done, 1 failed, 2 not understood)."""

from __future__ import annotations

import functools
import inspect
import io
import os
import re
import sys
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import fire
from fire.decorators import SetParseFns

from textguide import __version__
from textguide.cli.commands import COMMANDS, choose_source, option_sources
from textguide.cli.gate import Parameter, Refused, check_arguments, first_argument, read_parameters
from textguide.cli.reason import EXPECTED, first_line

__all__ = ["main"]

_HELP = ("-h", "--help")
_TRACEBACK = "TEXTGUIDE_TRACEBACK"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line.

    Args:
        arguments: without the program's name; None takes those of the process.

    Returns:
        The exit code.
    """
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a terminal without a letter shows its number
    command, rest = (arguments[0], arguments[1:]) if arguments else ("--help", [])
    if command in _HELP:
        print(_overview())
        return 0
    if command == "--version":
        print(f"textguide {__version__}")
        return 0
    if command not in COMMANDS:
        return _refuse(f"there is no command {command!r}", f"usage: textguide {{{','.join(COMMANDS)}}} ...")
    function, sources = COMMANDS[command], option_sources(command)
    parameters = read_parameters(function)
    if sources:
        first = next(iter(parameters))
        parameters[first] = replace(parameters[first], choices=tuple(sources))
    try:
        chosen = choose_source(sources, first_argument(parameters, rest))
        parameters |= read_parameters(chosen, options_only=True) if chosen else {}
        if any(one in _HELP for one in rest):
            print(_help(command, sources, chosen, parameters))
            return 0
        given = check_arguments(parameters, rest)
    except Refused as refused:
        return _refuse(str(refused), _usage(command, parameters))
    return _call(function, parameters, given)


def _call(function: Callable[..., Any], parameters: Mapping[str, Parameter], given: Mapping[str, str]) -> int:
    """Let fire call the function; every value is bound to its name, so nothing is left to guess."""

    @functools.wraps(function)
    def command(*args: Any, **options: Any) -> None:
        function(*args, **options)

    SetParseFns(**{name: parameter.convert for name, parameter in parameters.items()})(command)
    try:
        fire.Fire(command, command=[f"--{name}={value}" for name, value in given.items()], name="textguide")
    except Exception as error:
        if os.environ.get(_TRACEBACK):
            raise
        hint = "" if isinstance(error, EXPECTED) else f" ({_TRACEBACK}=1 shows where it comes from)"
        print(f"error: {first_line(error)}{hint}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted; what was finished is kept", file=sys.stderr)
        return 130
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else int(stop.code is not None)
    return 0


def _refuse(reason: str, usage: str) -> int:
    print(f"error: {reason}\n{usage}", file=sys.stderr)
    return 2


def _usage(command: str, parameters: Mapping[str, Parameter]) -> str:
    words = [parameter.usage for parameter in parameters.values()]
    return textwrap.fill(
        f"usage: textguide {command} {' '.join(words)}", 100, subsequent_indent="  ", break_on_hyphens=False
    )


def _overview() -> str:
    lines = [
        f"{name:10} {(inspect.getdoc(function) or '').splitlines()[0]}" for name, function in COMMANDS.items()
    ]
    return "\n".join(["usage: textguide COMMAND ... (textguide COMMAND --help tells more)", "", *lines])


def _help(
    command: str,
    sources: Mapping[str, Callable[..., Any]],
    chosen: Callable[..., Any] | None,
    parameters: Mapping[str, Parameter],
) -> str:
    about, described = _read_docstring(COMMANDS[command])
    if chosen is not None:
        described = _read_docstring(chosen)[1] | described
    rows = {}
    for name, parameter in parameters.items():
        hidden = parameter.default is None or parameter.default is False or parameter.default in ("", ())
        default = "" if hidden else f" (default: {parameter.default})"
        rows[parameter.label] = described.get(name, "").replace("``", "") + default
    if chosen is None:
        for name, function in sources.items():
            flags = [one.flag for one in read_parameters(function, options_only=True).values()]
            rows[f"with {name}"] = " ".join(flags)
    width = max(18, *map(len, rows)) + 1
    table = [
        textwrap.fill(f"{head:{width}}{text}", 100, subsequent_indent=" " * width, break_on_hyphens=False)
        for head, text in rows.items()
    ]
    return "\n".join([_usage(command, parameters), "", about, "", *table])


def _read_docstring(function: Callable[..., Any]) -> tuple[str, dict[str, str]]:
    """Split a docstring in Google style: what precedes the arguments, and each one's description."""
    about, _, rest = (inspect.getdoc(function) or "").partition("\nArgs:\n")
    described: dict[str, str] = {}
    for line in rest.splitlines():
        if line and not line.startswith(" "):
            break
        argument = re.match(r" {4}(\w+): *(.*)", line)
        if argument:
            name = argument[1]
            described[name] = argument[2]
        elif described and line.startswith(" " * 8):
            described[name] += " " + line.strip()
    return about.strip(), described
