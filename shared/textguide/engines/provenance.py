"""Where a result comes from: the command that was typed, and the packages that ran."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

PACKAGES = ("monai", "torch", "transformers", "numpy")


def command_line(arguments: Sequence[str]) -> str:
    """Return the command that was typed, for `python -m PACKAGE` too.

    Args:
        arguments: `sys.argv`.
    """
    program = Path(arguments[0])
    if program.name == "__main__.py":
        package = "monai.bundle" if program.parent.name == "bundle" else program.parent.name
        return shlex.join(["python", "-m", package, *arguments[1:]])
    return shlex.join([program.name, *arguments[1:]])


def package_versions() -> dict[str, str]:
    """Return the versions of the packages that decide a result."""
    return {package: version(package) for package in PACKAGES}
