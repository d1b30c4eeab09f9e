"""Make a training's weights the ones that a bundle ships, and score the stored file.

python scripts/publish_weights.py BUNDLE WEIGHTS --dataset_dir DIR --runs RUN [RUN ...]

WEIGHTS (a run's `model.pt`) is written as float16, the statistics of batch norm as float32, and that file is
scored on the validation section of DIR under all text conditions. Only then it becomes
`BUNDLE/models/model.pt`, scores, hashes and how it was trained (RUN: the folders of the runs, in their order)
go to `BUNDLE/docs/results.json`, and the card's tables are rendered from it: where anything fails before, the
bundle stays as it was. Git keeps every copy of a file of weights: publish only when a better or a changed
network is to ship.
"""

from __future__ import annotations

import argparse
import csv
import json
import re
import sys
from pathlib import Path
from typing import Any

import torch
from monai.bundle import ConfigWorkflow

from model_card import update
from textguide.atomic_write import atomic_path
from textguide.segmenter import verbatim
from textguide.weights import read_weights, weights_sha256

LARGEST_BYTES, LARGEST_COUNT = 8 * 2**20, 4_000_000
STATISTICS = ("running_mean", "running_var")
ABSOLUTE_FOLDER = re.compile(r"(?<![\w.])/(?:[^\s'\"/]+/)+")  # where the data lay is nobody's business

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


def store(state: dict[str, torch.Tensor], path: Path) -> dict[str, Any]:
    """Write the weights, and return hash, bytes and number of parameters.

    Raises:
        ValueError: too many parameters or bytes.
    """
    learned = [t for name, t in state.items() if t.is_floating_point() and not name.endswith(STATISTICS)]
    count = sum(tensor.numel() for tensor in learned)
    torch.save(state, path)
    size = path.stat().st_size
    if size > LARGEST_BYTES or count > LARGEST_COUNT:
        raise ValueError(
            f"{count:,} parameters in {size:,} bytes; allowed are {LARGEST_COUNT:,} in {LARGEST_BYTES:,}"
        )
    return {"sha256": weights_sha256(path), "bytes": size, "parameters": count}


def describe_run(folder: Path) -> dict[str, Any]:
    """Read how one stage was trained: its commands (one a start), epochs, minutes, best score, a note."""
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
    """Score stored weights by the bundle's own evaluation, and return what it wrote."""
    configs = [str(bundle / "configs" / name) for name in ("train.json", "evaluate.json")]
    workflow = ConfigWorkflow(
        config_file=configs,
        meta_file=str(bundle / "configs" / "metadata.json"),
        logging_file=str(bundle / "configs" / "logging.conf"),
        workflow_type="train",
        bundle_root=verbatim(bundle),
        ckpt_path=verbatim(weights),
        dataset_dir=verbatim(dataset_dir),
        output_dir=verbatim(output),
    )
    workflow.initialize()
    workflow.run()
    return json.loads((output / "evaluation.json").read_text(encoding="utf-8"))


def publish(bundle: Path, weights: Path, dataset_dir: Path, runs: list[Path]) -> dict[str, Any]:
    """Store, score, and only then move weights and results into their places; return the results."""
    results_file = bundle / "docs" / "results.json"
    results = json.loads(results_file.read_text(encoding="utf-8")) if results_file.is_file() else {}
    results["training"] = [describe_run(run) for run in runs]
    with atomic_path(bundle / "models" / "model.pt") as stored, atomic_path(results_file) as written:
        results["weights"] = store(compact(read_weights(weights)), stored)
        results["evaluation"] = evaluate(bundle, stored, dataset_dir, runs[-1] / "evaluation")
        results["evaluation"]["command"] = COMMAND
        written.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
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
    given = parser.parse_args(arguments)
    results = publish(given.bundle.resolve(), given.weights, given.dataset_dir.resolve(), given.runs)
    stored = results["weights"]
    print(f"{given.bundle / 'models' / 'model.pt'}: {stored['bytes']:,} bytes, sha256 {stored['sha256']}")


if __name__ == "__main__":
    main(sys.argv[1:])
