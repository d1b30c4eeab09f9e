"""Make a training's weights the ones that a bundle ships, and score the stored file.

python scripts/publish_weights.py BUNDLE WEIGHTS --dataset_dir DIR --runs RUN [RUN ...]

WEIGHTS (a run's `model.pt`) becomes `BUNDLE/models/model.pt`: float16, the statistics of batch norm float32.
That file is then scored on the validation section of DIR under all text conditions; scores, hashes and how it
was trained (RUN: the folders of the runs, in their order) go to `BUNDLE/docs/results.json`, and the card's
tables are rendered from it. Git keeps every copy of a file of weights: publish only when a better or a
changed network is to ship.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import re
import sys
from pathlib import Path
from typing import Any

import torch
from monai.bundle import ConfigWorkflow

from model_card import update
from textguide.segmenter import verbatim
from textguide.weights import read_weights, weights_sha256

LARGEST_BYTES, LARGEST_COUNT = 8 * 2**20, 4_000_000
STATISTICS = ("running_mean", "running_var")
ABSOLUTE_FOLDER = re.compile(r"(?<![\w.])/(?:[^\s'\"/]+/)+")  # where the data lay is nobody's business


def compact(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Store floating tensors as float16, but the statistics of batch norm as float32."""
    return {
        name: tensor.half() if tensor.is_floating_point() and not name.endswith(STATISTICS) else tensor
        for name, tensor in state.items()
    }


def store(state: dict[str, torch.Tensor], path: Path) -> dict[str, Any]:
    """Write the weights under their final name only when they are complete and small enough.

    Raises:
        ValueError: too many parameters or bytes.
    """
    learned = [t for name, t in state.items() if t.is_floating_point() and not name.endswith(STATISTICS)]
    count = sum(tensor.numel() for tensor in learned)
    temporary = path.with_suffix(".tmp")
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.save(state, temporary)
    size = temporary.stat().st_size
    if size > LARGEST_BYTES or count > LARGEST_COUNT:
        temporary.unlink()
        raise ValueError(
            f"{count:,} parameters in {size:,} bytes; allowed are {LARGEST_COUNT:,} in {LARGEST_BYTES:,}"
        )
    os.replace(temporary, path)
    return {"sha256": weights_sha256(path), "bytes": size, "parameters": count}


def describe_run(folder: Path) -> dict[str, Any]:
    """Read how one stage was trained: its command, epochs, minutes, best score."""
    start = json.loads((folder / "run.json").read_text(encoding="utf-8"))[0]
    with (folder / "train.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    score = next(name for name in rows[0] if name.endswith("global_dice"))
    return {
        "command": ABSOLUTE_FOLDER.sub("", start["command"]),
        "images": start["images"],
        "device": start["device"],
        "versions": start["versions"],
        "epochs": len(rows),
        "minutes": round(sum(float(row["seconds"]) for row in rows) / 60, 1),
        "best": max(float(row[score]) for row in rows if row[score]),
    }


def evaluate(bundle: Path, dataset_dir: Path, output: Path) -> dict[str, Any]:
    """Score the stored weights by the bundle's own evaluation, and return what it wrote."""
    configs = [str(bundle / "configs" / name) for name in ("train.json", "evaluate.json")]
    workflow = ConfigWorkflow(
        config_file=configs,
        meta_file=str(bundle / "configs" / "metadata.json"),
        logging_file=str(bundle / "configs" / "logging.conf"),
        workflow_type="train",
        bundle_root=verbatim(bundle),
        dataset_dir=verbatim(dataset_dir),
        output_dir=verbatim(output),
    )
    workflow.initialize()
    workflow.run()
    return json.loads((output / "evaluation.json").read_text(encoding="utf-8"))


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
    training = [describe_run(run) for run in given.runs]
    weights = store(compact(read_weights(given.weights)), given.bundle / "models" / "model.pt")
    evaluation = evaluate(given.bundle.resolve(), given.dataset_dir.resolve(), given.runs[-1] / "evaluation")
    evaluation["command"] = (
        "python -m monai.bundle run --config_file \"['configs/train.json','configs/evaluate.json']\" "
        "--dataset_dir DATASET_DIR"
    )
    results = {"weights": weights, "training": training, "evaluation": evaluation}
    docs = given.bundle / "docs"
    docs.mkdir(exist_ok=True)
    (docs / "results.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    update(given.bundle)
    print(f"{given.bundle / 'models' / 'model.pt'}: {weights['bytes']:,} bytes, sha256 {weights['sha256']}")


if __name__ == "__main__":
    main(sys.argv[1:])
