"""The tables of a model card, from the numbers beside it.

python scripts/model_card.py BUNDLE [BUNDLE ...]     rewrites the generated part of BUNDLE/docs/README.md

Every number of a card stands in `docs/results.json`, which `scripts/publish_weights.py` writes; this script
only renders it, between the two marker lines of the card.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

from card_table import table, with_interval
from report_section import WRITING, report_section, words_line, writes_reports
from stress_section import calibration_lines, stress_section

BEGIN, END = "<!-- results: begin (scripts/model_card.py) -->", "<!-- results: end -->"
CONDITIONS = {
    "right": "the film's own sentence",
    "empty": "no sentence",
    "shuffled": "another film's sentence",
    "side_swapped": "left and right exchanged",
}


def render(results: dict[str, Any], docs: Path) -> str:
    """Render the generated part of a card, which lies in the folder `docs`."""
    weights, evaluation = results["weights"], results["evaluation"]
    parts = [
        f"Weights: {weights['parameters']:,} parameters, {weights['bytes'] / 2**20:.1f} MiB, SHA-256 "
        f"`{weights['sha256']}`.",
        scores_heading(evaluation),
        scores_table(evaluation),
    ]
    if writes_reports(evaluation):
        parts += ["### Written reports", report_section(evaluation)]
    if "word_importance" in results:
        words = results["word_importance"]["sentences"].items()
        parts += ["### Words that it reads", *[f"* {words_line(kind, found)}" for kind, found in words]]
    if "stress" in results:
        parts += ["### Stress card", stress_section(results["stress"], docs)]
    parts += ["### Calibration", calibration_lines(results.get("calibration"))]
    parts += ["### Training", training_table(results["training"])]
    if "ablations" in results:
        parts += ["### Ablations", ablation_tables(results["ablations"])]
    return "\n\n".join(parts)


def scores_heading(evaluation: dict[str, Any]) -> str:
    """Say what was scored: data set, section, number of images and patients, split."""
    return (
        f"Scores on the **{evaluation['section']}** films of {evaluation['dataset']}: "
        f"n = {evaluation['n']:,} ({evaluation['groups']:,} patients), split "
        f"`{evaluation['split_sha256'][:12]}`; in brackets the 95 % bootstrap interval over patients."
    )


def scores_table(evaluation: dict[str, Any]) -> str:
    """One row for each text condition, both protocols side by side."""
    columns = [
        (protocol, score) for protocol in ("global", "per_image") for score in ("dice", "iou", "accuracy")
    ]
    names = [
        f"{score.replace('dice', 'Dice').replace('iou', 'IoU')}, {protocol.replace('_', ' ')}"
        for protocol, score in columns
    ]
    rows = [["sentence", *names]]
    called = CONDITIONS | (WRITING if writes_reports(evaluation) else {})
    for condition, scores in evaluation["conditions"].items():
        rows.append([called.get(condition, condition), *[with_interval(scores[p][s]) for p, s in columns]])
    return table(rows)


def training_table(runs: list[dict[str, Any]]) -> str:
    """One row for each stage of the training, and the commands beneath."""
    rows = [
        [
            "stage",
            "epochs",
            "minutes",
            "images",
            "device",
            "best validation (global Dice, as trained)",
            "note",
        ]
    ]
    commands = []
    for number, run in enumerate(runs, start=1):
        rows.append(
            [
                str(number),
                str(run.get("epochs", "")),
                f"{run['minutes']:.0f}",
                f"{run['images']:,}" if "images" in run else f"{run['sentences']:,} sentences",
                run.get("device", "cpu"),
                f"{run['best']:.4f}" if "best" in run else "",
                run.get("note", ""),
            ]
        )
        commands.append(run["command"])
    return table(rows) + "\n\n```bash\n" + "\n".join(commands) + "\n```"


def ablation_tables(ablations: dict[str, Any]) -> str:
    """One table for each table of the paper: mean and deviation over the seeds, or one seed's interval."""
    columns = [(protocol, score) for protocol in ("global", "per_image") for score in ("dice", "iou")]
    names = ["Dice, global", "IoU, global", "Dice, per image", "IoU, per image"]
    conditions = row_conditions(ablations)
    parts = [ablation_heading(ablations)]
    for title, places in ablations["tables"].items():
        rows = [["", *(["sentence"] if conditions else []), *names, "images", "epochs", "minutes", "seeds"]]
        for name, place in places.items():
            runs = ablations["rows"][place]["runs"]
            start = [name, *([CONDITIONS[conditions[place]]] if conditions else [])]
            if not runs:
                rows.append([*start, "failed", *[""] * (len(rows[0]) - len(start) - 1)])
                continue
            scores = [over_seeds([run[protocol][score] for run in runs]) for protocol, score in columns]
            numbers = [f"{fmean(run[key] for run in runs):.0f}" for key in ("images", "epochs", "minutes")]
            rows.append([*start, *scores, *numbers, str(len(runs))])
        parts += [f"**{title}**", table(rows)]
    return "\n\n".join([*parts, f"```bash\n{ablations['command']}\n```"])


def row_conditions(ablations: dict[str, Any]) -> list[str]:
    """Return the text condition of each row; an empty list where all have the right sentences."""
    conditions = [row["overrides"].get("conditions", ["right"])[0] for row in ablations["rows"]]
    return conditions if set(conditions) > {"right"} or "right" not in conditions else []


def ablation_heading(ablations: dict[str, Any]) -> str:
    """Say what was trained and scored: data set, split, size, epochs, seeds."""
    known = ablations["groups"] < ablations["n"]  # a data set that names no patients has groups of one image
    unit = "patients" if known else "images"
    n = f"{ablations['n']:,} images" + (f" ({ablations['groups']:,} patients)" if known else "")
    spread = f"in brackets the 95 % bootstrap interval over {unit}"
    if len(ablations["seeds"]) > 1:
        spread = "mean and standard deviation over the seeds"
    size = " x ".join(map(str, ablations["spatial_size"]))
    sentences = "The sentence is that of the row" if row_conditions(ablations) else "Right sentences"
    return (
        f"Trained and scored on {ablations['dataset']}, **{ablations['section']}** section: n = {n}, split "
        f"`{ablations['split_sha256'][:12]}`; {size} pixels, at most {ablations['epochs']} epochs, "
        f"{ablations['device']}, seeds {', '.join(map(str, ablations['seeds']))}: {spread}. {sentences}; "
        "these weights are not shipped."
    )


def over_seeds(scores: list[dict[str, float]]) -> str:
    """Write `0.812 ± 0.004`, mean and sample deviation; of a single seed the score with its interval."""
    if len(scores) == 1:
        return with_interval(scores[0])
    values = [score["value"] for score in scores]
    return f"{fmean(values):.3f} ± {stdev(values):.3f}"


def update(bundle: Path) -> bool:
    """Rewrite the generated part of a bundle's card; return whether it changed.

    Raises:
        ValueError: the card has no marker lines.
    """
    card = bundle / "docs" / "README.md"
    text = card.read_text(encoding="utf-8")
    if BEGIN not in text or END not in text:
        raise ValueError(f"{card} lacks the lines {BEGIN!r} and {END!r}, between which the results go")
    results = json.loads((bundle / "docs" / "results.json").read_text(encoding="utf-8"))
    before, rest = text.split(BEGIN)
    new = f"{before}{BEGIN}\n\n{render(results, card.parent)}\n\n{END}{rest.split(END)[1]}"
    card.write_text(new, encoding="utf-8")
    return new != text


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    for name in sys.argv[1:]:
        print(f"{name}: {'rewritten' if update(Path(name)) else 'unchanged'}")
