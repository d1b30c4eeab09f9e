"""Weights of a bundle: loaded strictly, without running code of the file, and named by their hash."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import torch
from torch import nn
from torch.nn.parallel import DistributedDataParallel

_SHOWN = 3


def plain_network(network: nn.Module) -> nn.Module:
    """Return the network out of its wrappers (several processes, compiling), which prefix its state."""
    network = network.module if isinstance(network, DistributedDataParallel) else network
    return getattr(network, "_orig_mod", network)


def load_weights(network: nn.Module, path: str | os.PathLike[str], strict: bool = True) -> int:
    """Fill a network with a stored state dictionary; return the number of tensors that were taken.

    The file may hold another floating type than the network (published weights are float16): the network
    keeps its own, float32 by default.

    Args:
        network: changed in place.
        path: a file written by `torch.save(network.state_dict())`; MONAI's `{"model": state}` will do.
        strict: every name and every shape must agree. False takes those that do, of another network or
            another configuration, and leaves the rest of the network as it is.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is no state dictionary, its names or shapes are not the network's (not strict: none
            is), or it holds values that are not finite.
    """
    state = read_weights(path)
    wanted = network.state_dict()
    shapes = [name for name in state.keys() & wanted.keys() if state[name].shape != wanted[name].shape]
    fitting = state.keys() & wanted.keys() - shapes
    if not strict and fitting:
        network.load_state_dict({name: state[name] for name in fitting}, strict=False)
        return len(fitting)
    problems = [
        f"{len(names)} {what} (first: {', '.join(sorted(names)[:_SHOWN])})"
        for names, what in (
            (wanted.keys() - state.keys(), "are missing"),
            (state.keys() - wanted.keys(), "are not the network's"),
            (shapes, "have another shape"),
        )
        if names
    ]
    if problems:
        raise ValueError(
            f"the weights '{path}' do not fit the network: of {len(wanted)} tensors {'; '.join(problems)}. "
            "Weights and configuration must come from the same bundle version."
        )
    network.load_state_dict(state, strict=True)
    return len(state)


def read_weights(path: str | os.PathLike[str]) -> dict[str, torch.Tensor]:
    """Read a state dictionary on the CPU; of a pickle only tensors and plain containers are unpacked.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is something else than a state dictionary, or it holds values that are not
            finite: a network that was trained to them finds nothing anywhere.
    """
    if not Path(path).is_file():
        raise FileNotFoundError(
            f"the weights '{path}' are missing; they come with the bundle's folder, or from a training: "
            "python -m monai.bundle run --config_file configs/train.json"
        )
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except PermissionError:
        raise
    except Exception as error:  # the unpickler raises whatever a broken file leads it to
        raise ValueError(
            f"'{path}' is not a file of weights, or it is broken; a state dictionary is read."
        ) from error
    if isinstance(state, dict) and isinstance(state.get("model"), dict):
        state = state["model"]
    if not isinstance(state, dict) or not all(isinstance(value, torch.Tensor) for value in state.values()):
        raise ValueError(
            f"'{path}' holds {type(state).__name__}; a state dictionary (name -> tensor) is read."
        )
    broken = [name for name, value in state.items() if not value.isfinite().all()]
    if broken:
        raise ValueError(
            f"the weights '{path}' are broken: {len(broken)} of {len(state)} tensors hold values that are "
            f"not finite (first: {', '.join(broken[:_SHOWN])}); take another file, or train again."
        )
    return state


def weights_sha256(path: str | os.PathLike[str]) -> str:
    """Return the SHA-256 of the file, in hexadecimal."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
