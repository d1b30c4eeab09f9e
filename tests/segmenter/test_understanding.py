from __future__ import annotations

import pytest

from textguide.segmenter import understand


def test_what_contradicts_itself_is_said_and_negatives_are_understood() -> None:
    understood = understand("Bilateral pulmonary infection, one infected area, lower left lung.")
    assert any("contradicts itself" in warning for warning in understood.warnings)
    negative = understand("No pulmonary infection.")
    assert negative.zones == ()
    assert "no zone is affected" in negative.line
    assert understand("lower left lung", bundle_side=None).line == "read as free text"


@pytest.mark.parametrize(
    ("text", "half"),
    [
        ("lower left lung", "left"),
        ("upper right lung and lower right lung", "right"),
        ("bilateral, lower left lung and lower right lung", None),
        ("an odd shadow on the left", "left"),
        ("no pulmonary infection", None),
        ("", None),
    ],
)
def test_the_half_is_the_one_that_alone_is_named(text: str, half: str | None) -> None:
    assert understand(text).half == half
    assert (
        understand(text, bundle_side="patient").half == {"left": "right", "right": "left", None: None}[half]
    )
