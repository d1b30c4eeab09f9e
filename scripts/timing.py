"""Clocks of scripts/benchmark.py: variants in turn, and how near a step comes to the machine's peak."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from math import prod
from typing import Any

import torch
from torch.utils.flop_counter import FlopCounterMode

Measured = dict[str, Any]


def measured(title: str, unit: str, reference: str, values: dict[str, list[float]], **notes: Any) -> Measured:
    """Return one comparison."""
    return {"title": title, "unit": unit, "reference": reference, "values": values, "notes": notes}


def in_turn(variants: Mapping[str, Callable[[], float]], repeats: int) -> dict[str, list[float]]:
    """Measure A B A B, after one round to warm up: a machine that slows down slows all of them."""
    values: dict[str, list[float]] = {name: [] for name in variants}
    for number in range(repeats + 1):
        for name, measure in variants.items():
            value = measure()
            if number:
                values[name].append(value)
    return values


def seconds(step: Callable[[], Any], device: str) -> float:
    """Measure one step, up to the moment when the device has done it."""
    wait = torch.cuda.synchronize if device.startswith("cuda") else lambda: None
    wait()
    started = time.perf_counter()
    step()
    wait()
    return time.perf_counter() - started


def matrix_peak(device: str, precision: str, size: int) -> float:
    """Return the floating-point operations a second of a product of two square matrices, the best of ten."""
    matrix = torch.randn(size, size, device=device).to(getattr(torch, precision))
    return 2 * size**3 / min(seconds(lambda: matrix @ matrix, device) for _ in range(10))


def count_operations(step: Callable[[], Any]) -> int:
    """Return the floating-point operations of a step in matrix products and convolutions."""
    mapping = {torch.ops.aten.convolution_backward: convolution_backward}
    with FlopCounterMode(display=False, custom_mapping=mapping) as counter:
        step()
    return counter.get_total_flops()


def convolution_backward(
    gradient: Sequence[int], given: Sequence[int], weight: Sequence[int], *arguments: Any, **_: Any
) -> int:
    """Count the operations of a convolution's backward pass from the shapes of its arguments.

    PyTorch's own count takes every convolution for a dense one, which is off by the number of channels where
    it is depthwise. Both gradients, of the input and of the weight, take what the forward pass took.
    """
    transposed, mask = arguments[4], arguments[7]
    places = given if transposed else gradient
    return 2 * sum(mask[:2]) * places[0] * prod(places[2:]) * prod(weight)
