"""What a command line of MONAI's runner sets: an id that no configuration has is lost in silence there."""

from __future__ import annotations

import ast
import difflib
import inspect
from collections.abc import Mapping, Sequence
from pathlib import Path

from monai.bundle import ConfigParser, run


def check_command_ids(arguments: Sequence[str]) -> None:
    """Refuse ids that a `python -m monai.bundle run` sets and its configuration does not have.

    MONAI adds such an id to the configuration, where nothing reads it: `--epoch 3` trains as if it were not
    there. Any other program, such as a platform that runs bundles in its own process, is not looked at.

    Args:
        arguments: `sys.argv`.

    Raises:
        ValueError: there is such an id.
    """
    given = _given_ids(arguments)
    if "config_file" not in given:
        return
    files = given["config_file"]
    config = ConfigParser(
        ConfigParser.load_config_files(ast.literal_eval(files) if files.startswith(("[", "(")) else files)
    )
    for name in given:
        if name not in inspect.signature(run).parameters and not _is_known(config, name):
            similar = difflib.get_close_matches(name, list(config.get()), n=1)
            meant = f"; {similar[0]} is meant?" if similar else "; see the keys of its files"
            raise ValueError(f"the command sets {name}, which the configuration does not have{meant}")


def _given_ids(arguments: Sequence[str]) -> Mapping[str, str]:
    """Ids and values on a command line of the runner; none for another program."""
    if Path(arguments[0]).parts[-2:] != ("bundle", "__main__.py") or "run" not in arguments[1:2]:
        return {}
    given: dict[str, str] = {}
    name = ""
    for word in arguments[2:]:
        if word.startswith("--"):
            name, _, value = word[2:].partition("=")
            given[name] = value
        elif name:
            given[name], name = word, ""
    return given


def _is_known(config: ConfigParser, name: str) -> bool:
    """Whether the id is there, or is an argument of a component that is: that one refuses what it lacks."""
    if name in config or name.startswith("_"):
        return True
    above = name.replace("#", "::").rpartition("::")[0]
    component = config.get(above) if above else None
    return isinstance(component, dict) and "_target_" in component
