from __future__ import annotations

from pathlib import Path

import pytest

from textguide.handlers import LoadWeights


@pytest.mark.parametrize("word", ["false", "true", "", 0, None])
def test_a_word_for_a_truth_value_is_refused_before_anything_runs(tmp_path: Path, word: object):
    with pytest.raises(TypeError, match=r"True or False is allowed, as in --strict_weights False") as failure:
        LoadWeights(tmp_path / "model.pt", strict=word)
    assert f"strict is {word!r}" in str(failure.value)
    assert "\n" not in str(failure.value)


def test_true_and_false_are_taken(tmp_path: Path):
    assert [LoadWeights(tmp_path, strict).strict for strict in (True, False)] == [True, False]
    assert LoadWeights(None).strict
