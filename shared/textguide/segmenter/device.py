"""Where a network runs."""

from __future__ import annotations

import torch


def choose_device(device: str | torch.device | None = None) -> torch.device:
    """Return a device that works on this machine.

    Args:
        device: such as "cpu" or "cuda:1"; None takes a CUDA device if there is one.

    Raises:
        ValueError: there is no such device, or it does not answer.
    """
    if device is None:
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        chosen = torch.device(device)
        torch.zeros(1, device=chosen).tolist()  # a driver says only now what is wrong
    except Exception as error:  # every kind of device has an error of its own
        reason = (str(error).splitlines() or [type(error).__name__])[0][:120]
        there = ["cpu", *(f"cuda:{index}" for index in range(torch.cuda.device_count()))]
        raise ValueError(
            f"the device '{device}' cannot be used here: {reason}; this machine has {', '.join(there)}."
        ) from error
    return chosen
