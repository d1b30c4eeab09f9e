"""The tables of a model card, from the numbers beside it.

python scripts/model_card.py BUNDLE [BUNDLE ...]     rewrites the generated part of BUNDLE/docs/README.md

Every number of a card stands in `docs/results.json`, which `scripts/publish_weights.py` writes; this script
only renders it, between the two marker lines of the card.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

BEGIN, END = "<!-- results: begin (scripts/model_card.py) -->", "<!-- results: end -->"
CONDITIONS = {
    "right": "the film's own sentence",
    "empty": "no sentence",
    "shuffled": "another film's sentence",
    "side_swapped": "left and right exchanged",
}


def render(results: dict[str, Any]) -> str:
    """Render the generated part of a card."""
    weights, evaluation = results["weights"], results["evaluation"]
    return "\n\n".join(
        [
            f"Weights: {weights['parameters']:,} parameters, {weights['bytes'] / 2**20:.1f} MiB, SHA-256 "
            f"`{weights['sha256']}`.",
            scores_heading(evaluation),
            scores_table(evaluation),
            training_table(results["training"]),
        ]
    )


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
    for condition, scores in evaluation["conditions"].items():
        rows.append(
            [CONDITIONS.get(condition, condition), *[with_interval(scores[p][s]) for p, s in columns]]
        )
    return table(rows)


def training_table(runs: list[dict[str, Any]]) -> str:
    """One row for each stage of the training, and the commands beneath."""
    rows = [["stage", "epochs", "minutes", "images", "device", "best validation (global Dice, as trained)"]]
    commands = []
    for number, run in enumerate(runs, start=1):
        rows.append(
            [
                str(number),
                str(run["epochs"]),
                f"{run['minutes']:.0f}",
                f"{run['images']:,}",
                run["device"],
                f"{run['best']:.4f}",
            ]
        )
        commands.append(run["command"])
    return table(rows) + "\n\n```bash\n" + "\n".join(commands) + "\n```"


def with_interval(score: dict[str, float]) -> str:
    """Write `0.870 [0.861, 0.878]`."""
    if score["low"] is None:
        return f"{score['value']:.3f}"
    return f"{score['value']:.3f} [{score['low']:.3f}, {score['high']:.3f}]"


def table(rows: list[list[str]]) -> str:
    """Lay rows out as a Markdown table; the first one is the head."""
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([lines[0], "|" + "---|" * len(rows[0]), *lines[1:]])


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
    new = f"{before}{BEGIN}\n\n{render(results)}\n\n{END}{rest.split(END)[1]}"
    card.write_text(new, encoding="utf-8")
    return new != text


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    for name in sys.argv[1:]:
        print(f"{name}: {'rewritten' if update(Path(name)) else 'unchanged'}")
