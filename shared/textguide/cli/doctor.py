"""`textguide doctor`: one screen that says whether this installation and its bundles are sound."""

from __future__ import annotations

import os
import platform
import warnings
from importlib.metadata import PackageNotFoundError, version

import torch

from textguide import __version__
from textguide.cli.bundle_check import check_bundle
from textguide.segmenter import find_bundle, list_bundles

_PACKAGES = (
    "torch",
    "monai",
    "transformers",
    "numpy",
    "pytorch-ignite",
    "nibabel",
    "pydicom",
    "pillow",
    "fire",
)
_OPTIONAL = ("tensorboard", "scikit-image", "openpyxl", "highdicom", "python-gdcm", "pyjpegls")


def run_doctor(bundle: str | os.PathLike[str] | None) -> int:
    """Print versions, device and the state of one bundle or of all.

    Returns:
        The number of problems.

    Raises:
        FileNotFoundError: there is no such bundle.
    """
    bundles = list_bundles() if bundle is None else {os.fspath(bundle): find_bundle(bundle)}
    system = f"{platform.system()} {platform.machine()}"
    print(f"textguide {__version__}, Python {platform.python_version()}, {system}")
    print(", ".join(f"{package} {_version(package)}" for package in _PACKAGES))
    print("optional: " + ", ".join(f"{package} {_version(package)}" for package in _OPTIONAL))
    print(f"device: {_device()}")
    problems = 0
    if not bundles:
        problems += 1
        print("problem: no bundle was found; set TEXTGUIDE_BUNDLES to the folder that holds bundles")
    for name, path in bundles.items():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            facts, found = check_bundle(path)
        problems += len(found)
        print(f"\nbundle {name} ({path})")
        for line in [*facts, *(f"problem: {problem}" for problem in found)]:
            print(f"  {line}")
    print(f"\n{problems} problems" if problems else "\nready")
    return problems


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "missing"


def _device() -> str:
    if not torch.cuda.is_available():
        return f"CPU, {os.cpu_count()} cores, {torch.get_num_threads()} threads"
    names = [torch.cuda.get_device_name(index) for index in range(torch.cuda.device_count())]
    return f"{len(names)} x {names[0]}, CUDA {torch.version.cuda}"
