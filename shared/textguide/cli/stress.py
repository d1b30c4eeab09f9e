"""`textguide stress`: the stress card of a bundle, out of its own evaluation."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import Any

from textguide.cli.evaluate import evaluation_workflow
from textguide.engines import StressEvaluation
from textguide.segmenter import find_bundle, side_warnings
from textguide.writers import condition_name, draw_stress_chart, require_matplotlib, worst_first

_DECIDES = (
    *("network_def", "validate", "prepare_batch", "tokenizer"),
    *("spatial_size", "channels", "max_length", "side_convention"),
)
"""Keys of a configuration that decide what a network makes of a case."""


def run_stress(
    bundle: str | os.PathLike[str],
    dataset: str | os.PathLike[str],
    section: str,
    output: str | os.PathLike[str],
    cases: int | None = None,
    overlay: str | None = None,
    weights: str | os.PathLike[str] | None = None,
    device: str | None = None,
) -> dict[str, Any]:
    """Write `stress.json`, `stress.csv` and `stress.png`; the arguments are those of the command.

    Returns:
        What `stress.json` holds.

    Raises:
        FileNotFoundError: bundle, overlay, data set or weights are missing.
        ImportError: there is no matplotlib.
        ValueError: `cases` is below 1.
    """
    require_matplotlib()  # rather now than after all the work
    # The chosen cases alone are cached, once they are known.
    workflow = evaluation_workflow(dataset, bundle, section, output, overlay, weights, device, cache_rate=0.0)
    parser = workflow.parser
    rule = partial(
        side_warnings,
        bundle_side=parser.get("side_convention"),
        reads_text=parser.get("_meta_", {}).get("reads_text", True),
    )
    stress = StressEvaluation(
        evaluation=parser.get_parsed_content("evaluation"),
        side_warnings=rule,
        cases=cases,
        settings={key: parser[key] for key in _DECIDES if key in parser},
    )
    report = stress.run()
    workflow.finalize()
    draw_stress_chart(
        report, Path(output) / "stress.png", f"{find_bundle(bundle).name}: what the mask follows"
    )
    print("\n".join(summary(report)))
    print(f"written: {output} (stress.json, stress.csv, stress.png)")
    return report


def summary(report: dict[str, Any]) -> list[str]:
    """Return the lines that a user sees at the end: the worst wordings, the warnings, the twins."""
    conditions = report["conditions"]
    right = conditions["right"]["global"]["dice"]["value"]
    lines = [f"right sentences: global Dice {right:.4f} over {report['n']:,} cases"]
    for name in worst_first(conditions, "trained", "held_out")[:3]:
        found = conditions[name]
        line = "{}: {:.4f}, {:+.4f} against the right sentences of the same {:,} cases"
        values = (
            found["global"]["dice"]["value"],
            found["difference"]["global"]["dice"]["value"],
            found["n"],
        )
        lines.append(line.format(condition_name(name), *values))
    for name, found in report["side_warnings"].items():
        if found["n"]:
            line = "{}: a warning about the side for {:.1%} of {:,} one-sided sentences"
            lines.append(line.format(condition_name(name), found["text_free_mask"]["value"], found["n"]))
    twins = report["twins"]
    if twins["n"]:
        lines.append(
            f"twins: Dice {twins['dice_between']['value']:.3f} between the two masks of {twins['n']:,} pairs"
        )
    return lines
