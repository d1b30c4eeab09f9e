from __future__ import annotations

import sys
from typing import Any

import pytest
from PIL import Image

from textguide.writers import condition_name, draw_stress_chart, require_matplotlib, worst_first


def entry(value: float | None, width: float | None = 0.01) -> dict[str, float | None]:
    ends = (None, None) if width is None or value is None else (value - width, value + width)
    return {"value": value, "low": ends[0], "high": ends[1]}


def condition(kind: str, value: float, reference: float, **options: Any) -> dict[str, Any]:
    def protocols(score: dict[str, float | None]) -> dict[str, Any]:
        return {"global": {"dice": score}, "per_image": {"dice": score}}

    found = {"kind": kind, "n": 5, "reference": "right", "reference_scores": protocols(entry(reference))}
    return (
        found
        | protocols(entry(value, **options))
        | {"difference": protocols(entry(value - reference, **options))}
    )


def report(**options: Any) -> dict[str, Any]:
    conditions = {
        "right": {"kind": "right", "n": 5, "global": {"dice": entry(0.86, **options)}},
        "empty": condition("attack", 0.7, 0.86, **options),
        "paraphrase:phrase": condition("trained", 0.9, 0.91, **options),
        "paraphrase:table": condition("held_out", 0.8, 0.86, **options),
        "misspelt:1": condition("trained", 0.85, 0.86, **options),
    }
    head = {"dataset": "toy", "section": "validation", "n": 5, "n_section": 9, "groups": 3}
    return head | {"conditions": conditions}


def test_the_worst_wording_comes_first_by_its_difference():
    conditions = report()["conditions"]
    assert worst_first(conditions, "trained", "held_out")[0] == "paraphrase:table"
    assert worst_first(conditions, "attack") == ["empty"]
    conditions["misspelt:1"]["difference"]["global"]["dice"]["value"] = None
    assert worst_first(conditions, "trained") == ["paraphrase:phrase", "misspelt:1"]


@pytest.mark.parametrize("options", [{}, {"width": None}], ids=["intervals", "one patient"])
def test_a_picture_is_drawn_with_a_row_for_each_condition(tmp_path, options):
    pytest.importorskip("matplotlib")
    few = report(**options)
    draw_stress_chart(few, tmp_path / "few.png", "a bundle")
    more = report(**options)
    more["conditions"] |= {
        f"paraphrase:more {n}": condition("trained", 0.8, 0.81, **options) for n in range(10)
    }
    draw_stress_chart(more, tmp_path / "more.png")
    heights = [Image.open(tmp_path / f"{name}.png").height for name in ("few", "more")]
    assert heights[1] - heights[0] == pytest.approx(10 * 0.235 * 160, abs=3)
    only_right = report() | {"conditions": {"right": report()["conditions"]["right"]}}
    with pytest.raises(ValueError, match="no condition"):
        draw_stress_chart(only_right, tmp_path / "none.png")


def test_without_matplotlib_one_line_says_what_to_do(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.delitem(sys.modules, "matplotlib.figure", raising=False)
    with pytest.raises(ImportError, match="needs matplotlib; install it with"):
        require_matplotlib()


def test_conditions_have_names_for_readers():
    assert condition_name("paraphrase:one_side_clear") == "one side clear"
    assert condition_name("empty") == "no sentence"
