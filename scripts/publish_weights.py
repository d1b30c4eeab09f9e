"""Make a training's weights the ones that a bundle ships, and score the stored file.

python scripts/publish_weights.py BUNDLE WEIGHTS --dataset_dir DIR --runs RUN [RUN ...]

WEIGHTS (a run's `model.pt`) is written as float16, the statistics of batch norm as float32. That file is
scored on the validation section of DIR under all text conditions, a temperature is fitted to its logits, and
its stress card is made (`--stress_cases N`: on about so many films; 0: not at all). Only then it becomes
`BUNDLE/models/model.pt`, the temperature goes to `BUNDLE/configs/inference.json`, scores, hashes and how it
was trained (RUN: the folders of the runs, in their order) go to `BUNDLE/docs/results.json`, and the card's
tables are rendered from it: where anything fails before, the bundle stays as it was. The evaluation and the
stress card are written to the last RUN; started again, the stress card goes on where it stopped. Git keeps
every copy of a file of weights: publish only when a better or a changed network is to ship.
"""

from __future__ import annotations

import argparse
import csv
import json
import re
import shutil
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import torch
from monai.bundle import ConfigParser

from model_card import update
from stress_section import PICTURE
from textguide.atomic_write import atomic_path
from textguide.cli.evaluate import evaluation_workflow
from textguide.cli.stress import run_stress
from textguide.engines import measure_calibration
from textguide.segmenter import read_json
from textguide.weights import read_weights, weights_sha256

LARGEST_BYTES, LARGEST_COUNT = 8 * 2**20, 4_000_000
STATISTICS = ("running_mean", "running_var")
ABSOLUTE_FOLDER = re.compile(r"(?<![\w.])/(?:[^\s'\"/]+/)+")  # where the data lay is nobody's business
TEMPERATURE = re.compile(r'("temperature":\s*)[0-9.eE+-]+')

COMMAND = (
    "python -m monai.bundle run --config_file \"['configs/train.json','configs/evaluate.json']\" "
    "--dataset_dir DATASET_DIR"
)


def compact(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Store floating tensors as float16, but the statistics of batch norm as float32."""
    return {
        name: tensor.half() if tensor.is_floating_point() and not name.endswith(STATISTICS) else tensor
        for name, tensor in state.items()
    }


def parameter_names(bundle: Path) -> set[str]:
    """Return the names of what a bundle's network learns; weights hold statistics and tables beside it."""
    network = ConfigParser(read_json(bundle / "configs" / "train.json")).get_parsed_content("network_def")
    return {name for name, _ in network.named_parameters()}


def store(state: dict[str, torch.Tensor], learned: set[str], path: Path) -> dict[str, Any]:
    """Write the weights, and return hash, bytes and number of parameters, whose names are `learned`.

    Raises:
        ValueError: too many parameters or bytes.
    """
    count = sum(tensor.numel() for name, tensor in state.items() if name in learned)
    with path.open("wb") as file:  # by its name the file would differ from one call to the next
        torch.save(state, file)
    size = path.stat().st_size
    if size > LARGEST_BYTES or count > LARGEST_COUNT:
        raise ValueError(
            f"{count:,} parameters in {size:,} bytes; allowed are {LARGEST_COUNT:,} in {LARGEST_BYTES:,}"
        )
    return {"sha256": weights_sha256(path), "bytes": size, "parameters": count}


def describe_run(folder: Path) -> dict[str, Any]:
    """Read how one stage was trained: its commands (one a start), epochs, minutes, best score, a note.

    A stage of `scripts/pretrain_reader.py` has sentences in place of images and epochs.
    """
    if (folder / "reading.json").is_file():
        reading = json.loads((folder / "reading.json").read_text(encoding="utf-8"))
        return reading | {"command": ABSOLUTE_FOLDER.sub("", reading["command"])}
    starts = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    with (folder / "train.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    score = next(name for name in rows[0] if name.endswith("global_dice"))
    return {
        "command": "\n".join(ABSOLUTE_FOLDER.sub("", start["command"]) for start in starts),
        **{name: starts[-1][name] for name in ("images", "device", "versions", "note") if name in starts[-1]},
        "epochs": len(rows),
        "minutes": round(sum(float(row["seconds"]) for row in rows) / 60, 1),
        "best": max(float(row[score]) for row in rows if row[score]),
    }


def evaluate(bundle: Path, weights: Path, dataset_dir: Path, output: Path) -> dict[str, Any]:
    """Score stored weights by the bundle's own evaluation and fit their temperature.

    Returns:
        `evaluation` and `calibration`.
    """
    workflow = evaluation_workflow(dataset_dir, bundle, "validation", output, weights=weights)
    workflow.run()
    evaluation = json.loads((output / "evaluation.json").read_text(encoding="utf-8"))
    calibration = measure_calibration(workflow.parser.get_parsed_content("evaluation"))
    return {"evaluation": evaluation | {"command": COMMAND}, "calibration": calibration}


def stress(bundle: Path, weights: Path, dataset_dir: Path, output: Path, cases: int | None) -> dict[str, Any]:
    """Make the stress card of stored weights, and return what it holds."""
    run_stress(bundle, dataset_dir, "validation", output, cases, weights=weights)
    report = json.loads((output / "stress.json").read_text(encoding="utf-8"))
    some = "" if cases is None else f" --cases={cases}"
    return report | {"command": f"textguide stress {bundle.name} --data=DATASET_DIR{some}"}


def with_temperature(inference: str, temperature: float) -> str:
    """Put a temperature into the text of an `inference.json`; everything else stays as it is written.

    Raises:
        ValueError: it does not have just one number by that name.
    """
    text, count = TEMPERATURE.subn(rf"\g<1>{temperature}", inference)
    if count != 1:
        raise ValueError(f'inference.json holds "temperature": NUMBER {count} times; once is needed')
    return text


def publish(
    bundle: Path, weights: Path, dataset_dir: Path, runs: list[Path], stress_cases: int | None = None
) -> dict[str, Any]:
    """Store, score, and only then move weights, temperature and results into their places.

    Returns:
        The results.
    """
    docs, inference = bundle / "docs", bundle / "configs" / "inference.json"
    results_file = docs / "results.json"
    results = json.loads(results_file.read_text(encoding="utf-8")) if results_file.is_file() else {}
    results["training"] = [describe_run(run) for run in runs]
    for name in ("stress", "calibration"):
        results.pop(name, None)  # of other weights
    with ExitStack() as stack:
        stored, written, configured = (
            stack.enter_context(atomic_path(path))
            for path in (bundle / "models" / "model.pt", results_file, inference)
        )
        results["weights"] = store(compact(read_weights(weights)), parameter_names(bundle), stored)
        results |= evaluate(bundle, stored, dataset_dir, runs[-1] / "evaluation")
        temperature = results["calibration"]["temperature"]
        configured.write_text(
            with_temperature(inference.read_text(encoding="utf-8"), temperature), encoding="utf-8"
        )
        if stress_cases != 0:
            results["stress"] = stress(bundle, stored, dataset_dir, runs[-1] / "stress", stress_cases)
            picture = stack.enter_context(atomic_path(docs / PICTURE))
            shutil.copyfile(runs[-1] / "stress" / PICTURE, picture)
        written.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    if stress_cases == 0:
        (docs / PICTURE).unlink(missing_ok=True)  # of other weights
    update(bundle)
    return results


def main(arguments: list[str]) -> None:
    """Publish as the command line says."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("bundle", type=Path)
    parser.add_argument("weights", type=Path)
    parser.add_argument("--dataset_dir", type=Path, required=True)
    parser.add_argument("--runs", type=Path, nargs="+", required=True)
    parser.add_argument("--stress_cases", type=int, default=None)
    given = parser.parse_args(arguments)
    places = given.bundle.resolve(), given.weights, given.dataset_dir.resolve(), given.runs
    results = publish(*places, given.stress_cases)
    stored = results["weights"]
    print(f"{given.bundle / 'models' / 'model.pt'}: {stored['bytes']:,} bytes, sha256 {stored['sha256']}")


if __name__ == "__main__":
    main(sys.argv[1:])
