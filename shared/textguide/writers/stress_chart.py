"""The stress card as a picture: a row for each kind of sentence, the worst one first."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from textguide.atomic_write import atomic_path

COLOURS = {"right": "#1a1a1a", "trained": "#2f6db3", "held_out": "#e08214", "attack": "#8c8c8c"}
_KINDS = {
    "trained": "same meaning, a kind of wording that training knows",
    "held_out": "same meaning, a kind of wording held out from training",
    "attack": "another meaning, less of it, or none",
}
NAMES = {
    "right": "the image's own sentence",
    "empty": "no sentence",
    "unguided": "no sentence, and none of its own",
    "shuffled": "another image's sentence",
    "side_swapped": "left and right exchanged",
    "misspelt:1": "one typing error",
    "misspelt:2": "two typing errors",
    "irrelevant": "an irrelevant sentence",
    "open": "a sentence that leaves zones open",
    "contradictory": "a sentence and its opposite",
}
"""How a table and a picture call a condition."""
_INK, _PALE = "#333333", "#dddddd"
_ROW, _HEAD, _GAP, _FOOT = 0.235, 1.05, 0.75, 1.0  # inches


def condition_name(condition: str, writes: bool = False) -> str:
    """Return what a reader calls a condition: `paraphrase:per_side` is "per side".

    A network that `writes` reads its own sentence where it is given none.
    """
    if writes and condition == "empty":
        return "the network's own sentence"
    return NAMES.get(condition, condition.removeprefix("paraphrase:").replace("_", " "))


def worst_first(conditions: dict[str, dict[str, Any]], *kinds: str, protocol: str = "global") -> list[str]:
    """Return the conditions of these kinds by the difference to their reference, the worst one first."""

    def loss(name: str) -> float:
        value = conditions[name]["difference"][protocol]["dice"]["value"]
        return math.inf if value is None else value

    return sorted((name for name, found in conditions.items() if found["kind"] in kinds), key=loss)


def require_matplotlib() -> None:
    """Make sure that the picture can be drawn.

    Raises:
        ImportError: there is no matplotlib.
    """
    try:
        import matplotlib.figure  # noqa: F401
    except ImportError as error:
        raise ImportError(
            "the picture needs matplotlib; install it with: pip install 'textguide[all]'"
        ) from error


def draw_stress_chart(report: dict[str, Any], path: str | os.PathLike[str], title: str = "") -> Path:
    """Draw the report of a `StressEvaluation`.

    Args:
        report: what it returned, or its JSON file holds.
        path: of the PNG file.
        title: above the picture, such as the bundle's name.

    Returns:
        The path.

    Raises:
        ImportError: there is no matplotlib.
        ValueError: there is nothing beside the right sentences.
    """
    require_matplotlib()
    from matplotlib.figure import Figure

    conditions = report["conditions"]
    kinds = (("trained", "held_out"), ("attack",))
    blocks = [names for kind in kinds if (names := worst_first(conditions, *kind))]
    if not blocks:
        raise ValueError("the report holds no condition beside the right sentences; there is nothing to draw")
    heights = [_ROW * (len(names) + 0.4) for names in blocks]
    height = _HEAD + sum(heights) + _GAP * (len(heights) - 1) + _FOOT
    figure = Figure(figsize=(9.5, height), dpi=160, facecolor="white")
    top = height - _HEAD
    for names, tall in zip(blocks, heights, strict=True):
        axes = figure.add_axes((0.275, (top - tall) / height, 0.5, tall / height))
        _draw_block(axes, conditions, names)
        top -= tall + _GAP
    axes.set_xlabel("Dice, global", fontsize=9, color=_INK)
    _write_head_and_foot(figure, report, title, height)
    with atomic_path(path) as temporary:
        figure.savefig(temporary, format="png")
    return Path(path)


def _draw_block(axes: Any, conditions: dict[str, Any], names: Sequence[str]) -> None:
    for at, name in enumerate(names):
        _draw_row(axes, at, conditions[name])
    _draw_reference(axes, conditions["right"])
    axes.set_ylim(len(names) - 0.3, -0.7)
    writes = "unguided" in conditions
    axes.set_yticks(range(len(names)), [condition_name(name, writes) for name in names])
    axes.margins(x=0.06)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(_PALE)
    axes.grid(axis="x", color=_PALE, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(axis="both", length=0, labelsize=8.5, labelcolor=_INK)
    _write_numbers(axes, conditions, names)


def _draw_row(axes: Any, at: float, found: dict[str, Any]) -> None:
    score, colour = found["global"]["dice"], COLOURS[found["kind"]]
    if score["low"] is not None:
        axes.plot([score["low"], score["high"]], [at, at], color=colour, linewidth=2.2, alpha=0.55,
                  solid_capstyle="round", zorder=3)  # fmt: skip
    reference = found["reference_scores"]["global"]["dice"]["value"]
    axes.plot(reference, at, "|", color=_INK, markersize=9, markeredgewidth=1.3, zorder=4)
    axes.plot(score["value"], at, "o", color=colour, markersize=5.5, markeredgecolor="white",
              markeredgewidth=0.6, zorder=5)  # fmt: skip


def _draw_reference(axes: Any, right: dict[str, Any]) -> None:
    score = right["global"]["dice"]
    if score["low"] is not None:
        axes.axvspan(score["low"], score["high"], color=_INK, alpha=0.07, linewidth=0, zorder=0)
    axes.axvline(score["value"], color=_INK, linewidth=1.0, zorder=1)
    axes.annotate(
        f"right sentence {score['value']:.3f}", (score["value"], 1), (3, 4), ha="right", va="bottom",
        xycoords=("data", "axes fraction"), textcoords="offset points", fontsize=8.5, color=_INK,
    )  # fmt: skip


def _write_numbers(axes: Any, conditions: dict[str, Any], names: Sequence[str]) -> None:
    style = {"ha": "right", "fontsize": 8.5, "color": _INK}
    columns = (1.08, 1.43)  # of the width of the axes
    for column, title in zip(columns, ("images", "difference to the tick"), strict=True):
        head = {"xycoords": "axes fraction", "textcoords": "offset points", "va": "bottom"}
        axes.annotate(title, (column, 1), (0, 4), **head, **style)
    for at, name in enumerate(names):
        found = conditions[name]
        for column, text in zip(
            columns, (f"{found['n']:,}", _signed(found["difference"]["global"]["dice"])), strict=True
        ):
            axes.annotate(text, (column, at), xycoords=("axes fraction", "data"), va="center", **style)


def _signed(score: dict[str, float | None]) -> str:
    def number(value: float | None) -> str:
        return "?" if value is None else f"{value:+.3f}".replace("-", "\N{MINUS SIGN}")

    if score["low"] is None:
        return number(score["value"])
    return f"{number(score['value'])}  [{number(score['low'])}, {number(score['high'])}]"


def _write_head_and_foot(figure: Any, report: dict[str, Any], title: str, height: float) -> None:
    from matplotlib.lines import Line2D

    style = {"color": _INK, "va": "center"}
    figure.text(0.02, 1 - 0.28 / height, title or "Stress card", fontsize=12, weight="bold", **style)
    cases = f"{report['n']:,}"
    if report["n"] < report["n_section"]:
        cases += f" of {report['n_section']:,}"
    line = f"{report['dataset']}, {report['section']}: {cases} images, {report['groups']:,} patients"
    figure.text(0.02, 1 - 0.53 / height, f"{line}; 95 % intervals over patients", fontsize=9, **style)
    kinds = {found["kind"] for found in report["conditions"].values()}
    marks = [
        Line2D([], [], marker="o", linestyle="", markersize=6, color=COLOURS[kind], label=label)
        for kind, label in _KINDS.items()
        if kind in kinds
    ]
    without = "its own" if "unguided" in report["conditions"] else "no sentence"
    tick = f"the right sentence on the same images ({without}, for irrelevant and open ones)"
    marks.append(Line2D([], [], marker="|", linestyle="", markersize=9, color=_INK, label=tick))
    figure.legend(
        handles=marks, loc="lower left", bbox_to_anchor=(0.01, 0.0), ncols=2, frameon=False, fontsize=8.5,
        labelcolor=_INK, handletextpad=0.3, columnspacing=1.6,
    )  # fmt: skip
