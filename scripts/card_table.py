"""Rows and scores as a model card writes them."""

from __future__ import annotations


def with_interval(score: dict[str, float], sign: str = "") -> str:
    """Write `0.870 [0.861, 0.878]`; with the sign "+" a difference, `+0.003 [-0.001, +0.007]`."""
    value, low, high = (
        None if score[end] is None else f"{score[end]:{sign}.3f}".replace("-", "\N{MINUS SIGN}")
        for end in ("value", "low", "high")
    )
    return f"{value}" if low is None else f"{value} [{low}, {high}]"


def table(rows: list[list[str]]) -> str:
    """Lay rows out as a Markdown table; the first one is the head."""
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([lines[0], "|" + "---|" * len(rows[0]), *lines[1:]])
