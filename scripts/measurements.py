"""What scripts/benchmark.py measures: each of these runs in a process of its own and prints JSON.

python scripts/measurements.py NAME OPTIONS     (OPTIONS: a JSON object, the fields of `Options`)
"""

from __future__ import annotations

import json
import os
import platform
import resource
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from functools import partial
from importlib.metadata import version
from pathlib import Path
from statistics import fmean, median
from typing import Any
from unittest import mock

import torch
from monai.utils import set_determinism
from torch import nn

from benchmark_bundle import Options, Step, film, inference_parts, prepare, trainer_step
from measurements_of_writing import detector, head, reading, torchscript
from textguide.segmenter import Segmenter
from timing import Measured, count_operations, in_turn, matrix_peak, measured, seconds

SENTENCES = {
    "a sentence that names one side": "unilateral pulmonary infection, one infected area, lower left lung.",
    "a sentence that names both sides": "bilateral pulmonary infection, two infected areas, lower left lung "
    "and lower right lung.",
    "no sentence": "",
}
OWN_SENTENCES = {"train#preprocessing#paraphrase_prob": 0.0, "train#preprocessing#drop_text_prob": 0.0}
INFERENCE_BATCH = 16


def speeds(options: Options, steps: dict[str, Step], images: int) -> dict[str, list[float]]:
    """Measure images a second of each step in turn."""

    def speed(step: Step) -> float:
        return images / seconds(step, options.device)

    return in_turn({name: partial(speed, step) for name, step in steps.items()}, options.repeats)


def training(options: Options) -> list[Measured]:
    """Training by memory layout and precision, and what share of the machine's matrix products it reaches."""
    cast = "train#inferer#enabled" if options.device == "cpu" else "train#trainer#amp"
    contiguous = {"network": "$@network_def.to(@device)", "prepare_batch#channels_last": False}
    steps: dict[str, Step] = {}
    images = 0
    for layout, overrides in (("channels last", {}), ("contiguous", contiguous)):
        for precision in (options.half, "float32"):
            given = overrides | {cast: precision == options.half}
            steps[f"{layout}, {precision}"], _, images = trainer_step(options, given)
    on_cpu = options.parser("train").get_parsed_content("train#inferer").enabled
    shipped = options.half if options.device != "cpu" or on_cpu else "float32"
    work = count_operations(steps["contiguous, float32"]) / images
    values = speeds(options, steps, images)
    size = 256 if options.quick else 2048 if options.device == "cpu" else 8192
    peaks = {
        precision: matrix_peak(options.device, precision, size) for precision in (options.half, "float32")
    }
    shares = {name: work * median(found) / peaks[name.split(", ")[1]] for name, found in values.items()}
    return [
        measured(
            "training",
            "images/s",
            f"channels last, {shipped}",
            values,
            images=images,
            gflop_per_image=work / 1e9,
            matrix_peak_gflop_per_second={precision: peak / 1e9 for precision, peak in peaks.items()},
            share_of_matrix_peak=shares,
        )
    ]


@torch.inference_mode()
def forward(network: nn.Module, image: torch.Tensor, text: dict[str, torch.Tensor], precision: str) -> None:
    """Run a network once."""
    with torch.autocast(image.device.type, getattr(torch, precision), enabled=precision != "float32"):
        network(image, **text)


def inference(options: Options) -> list[Measured]:
    """Inference by memory layout and precision."""
    network, image, text = inference_parts(options, {"batch_size": INFERENCE_BATCH})
    layouts = {"contiguous": torch.contiguous_format, "channels last": torch.channels_last}
    steps: dict[str, Step] = {}
    for layout, memory_format in layouts.items():
        laid_out = deepcopy(network).to(memory_format=memory_format)
        images = image.contiguous(memory_format=memory_format)
        for precision in ("float32", options.half):
            steps[f"{layout}, {precision}"] = partial(forward, laid_out, images, text, precision)
    values = speeds(options, steps, len(image))
    return [measured("inference", "images/s", "contiguous, float32", values, images=len(image))]


@contextmanager
def every_row(network: Any) -> Iterator[None]:
    """Let the text encoder of a network encode every sentence of a batch, equal ones too."""
    encoder = network.text_encoder
    plain = encoder.forward

    def all_rows(rows: torch.Tensor, dim: int, return_inverse: bool) -> tuple[torch.Tensor, torch.Tensor]:
        return rows, torch.arange(len(rows), device=rows.device)

    def encode(*arguments: Any) -> Any:
        with mock.patch("torch.unique", all_rows):
            return plain(*arguments)

    with mock.patch.object(encoder, "forward", encode):
        yield


def both_encodings(
    options: Options, title: str, step: Step, network: nn.Module, batches: list[Any]
) -> Measured:
    """Compare encoding each distinct sentence with encoding every one."""

    def step_of_every_row() -> None:
        with every_row(network):
            step()

    sentences = [len(torch.unique(batch["input_ids"], dim=0)) for batch in batches]
    images = sum(len(batch["input_ids"]) for batch in batches)
    values = speeds(options, {"each distinct sentence": step, "every row": step_of_every_row}, images)
    notes = {"batch_size": images / len(batches), "distinct_sentences": fmean(sentences)}
    return measured(title, "images/s", "each distinct sentence", values, **notes)


def text(options: Options) -> list[Measured]:
    """Sentences encoded once or every time, at the compact size, with the films' own and other wordings."""
    found = []
    for words, overrides in (("own sentences", OWN_SENTENCES), ("in many wordings", {})):
        step, trainer, _ = trainer_step(options, overrides)
        title = f"text encoding, training, {words}"
        found.append(both_encodings(options, title, step, trainer.network, trainer.data_loader))
    network, image, tokens = inference_parts(options, {"batch_size": INFERENCE_BATCH})
    step = partial(forward, network, image, tokens, "float32")
    return [*found, both_encodings(options, "text encoding, inference", step, network, [tokens])]


def paper(options: Options) -> list[Measured]:
    """Sentences encoded once or every time, at the size of the paper's encoders."""
    names, sizes = ("train", "paper"), options.paper_sizes()
    step, trainer, _ = trainer_step(options, sizes, names)
    training = both_encodings(
        options, "text encoding, training, paper.json", step, trainer.network, trainer.data_loader
    )
    network, image, tokens = inference_parts(options, sizes, names)
    step = partial(forward, network, image, tokens, "float32")
    return [
        training,
        both_encodings(options, "text encoding, inference, paper.json", step, network, [tokens]),
    ]


def latency(options: Options) -> list[Measured]:
    """One film through the Python API, warm: from its file to the mask at its own size."""
    segmenter, path = Segmenter(options.bundle, options.device), film(options)

    def milliseconds(sentence: str) -> float:
        return 1000 * seconds(lambda: segmenter(path, sentence), options.device)

    variants = {name: partial(milliseconds, sentence) for name, sentence in SENTENCES.items()}
    values = in_turn(variants, options.repeats if options.quick else 20 * options.repeats)
    return [measured("latency of one film", "ms", next(iter(SENTENCES)), values)]


def pipeline(options: Options) -> list[Measured]:
    """The data pipeline of a training alone, with the images in memory and out of their files."""
    steps: dict[str, Step] = {}
    images = 0
    for name, share in (("images in memory", 1.0), ("images from files", 0.0)):
        loader = options.parser("train", overrides={"cache_rate": share}).get_parsed_content(
            "train#dataloader"
        )
        steps[name], images = partial(list, loader), len(loader.dataset)
    values = speeds(options, steps, images)
    return [measured("data pipeline", "images/s", "images in memory", values, images=images)]


def memory_of_a_film(options: Options) -> dict[str, float]:
    """Load a bundle and segment three films."""
    rest = resident("VmRSS")
    segmenter = Segmenter(options.bundle, options.device)
    for sentence in SENTENCES.values():
        segmenter(film(options), sentence)
    return {"rest": rest, "peak": resident("VmHWM")} | device_memory(options)


def memory_of_training(options: Options) -> dict[str, float]:
    """Train four batches as the bundle does."""
    rest = resident("VmRSS")
    step, _, _ = trainer_step(options, {})
    for _ in range(2):
        step()
    return {"rest": rest, "peak": resident("VmHWM")} | device_memory(options)


def resident(field: str) -> float:
    """Return the resident memory of this process in MiB: now (`VmRSS`) or at its highest (`VmHWM`)."""
    status = Path("/proc/self/status")
    if status.is_file():  # `ru_maxrss` begins at what the parent held
        line = next(line for line in status.read_text().splitlines() if line.startswith(field))
        return int(line.split()[1]) / 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


def device_memory(options: Options) -> dict[str, float]:
    """Return the highest memory of a CUDA device in MiB."""
    on_cuda = options.device.startswith("cuda")
    return {"device_peak": torch.cuda.max_memory_allocated() / 2**20} if on_cuda else {}


def machine(options: Options) -> dict[str, Any]:
    """Describe what is measured on."""
    packages = ("textguide", "torch", "monai", "transformers", "numpy")
    capabilities = torch.cpu.get_capabilities()
    described = {
        "processor": capabilities.get("cpu_name", platform.processor()),
        "bfloat16_instructions": [name for name in ("avx512_bf16", "amx_bf16") if capabilities.get(name)],
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "python": platform.python_version(),
        "versions": {package: version(package) for package in packages},
    }
    if options.device.startswith("cuda"):
        described |= {"device": torch.cuda.get_device_name(), "cuda": torch.version.cuda}
    return described


MEASUREMENTS = {
    function.__name__: function
    for function in (
        *(prepare, machine, training, inference, text, paper, latency, pipeline),
        *(reading, detector, torchscript, head),
        *(memory_of_a_film, memory_of_training),
    )
}


if __name__ == "__main__":
    set_determinism(seed=0)  # as the bundles do
    torch.set_float32_matmul_precision("highest")
    torch.backends.cudnn.allow_tf32 = False  # plain float32 is plain
    print(json.dumps(MEASUREMENTS[sys.argv[1]](Options(**json.loads(sys.argv[2])))))
