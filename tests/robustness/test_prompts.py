"""Ten thousand prompts: none is run, none stops anything, no word of them reaches a log."""

from __future__ import annotations

import logging
import random
import warnings
from pathlib import Path

import numpy as np
import pytest
from tests.toy_bundle import make_toy_bundle

from textguide import Segmenter
from textguide.segmenter import Case
from textguide.text import FAMILIES, fitting_families, misspell, paraphrase

pytestmark = pytest.mark.slow

SECRET = "xanthippe"
HOSTILE = (
    *("$__import__('pathlib').Path('{trap}').touch()", "`touch {trap}`", "$(touch {trap})"),
    *("@network_def", "%configs/train.json#seed", "__local_refs['evaluator']", "#", "$", "@", "\\", "'", '"'),
    *(
        "{0}",
        "%s",
        "%(message)s",
        "--text=",
        "[CLS]",
        "[MASK]",
        "<script>",
        "../../etc",
        "null",
        "NaN",
        "1e309",
    ),
    *("\x00", "\x1b[31m", "\r\n", "\u202e", "\ufeff", "\u2028", "\ud800", "\U0001fac1", "e\u0301" * 9),
    *("\u808b", "left " * 300, "x" * 3000),
)


def prompts(count: int, trap: Path) -> list[str]:
    """Sentences of every family, whole, cut, spliced with one another and with what looks like code."""
    draw, rng = random.Random(0), np.random.default_rng(0)
    found = []
    for _ in range(count):
        zones = [draw.randint(0, 1) for _ in range(6)]
        text = paraphrase(zones, rng, [draw.choice(fitting_families(zones, tuple(FAMILIES)))])
        words = misspell(text, rng, count=draw.randint(0, 4)).split(" ")
        for _ in range(draw.randint(0, 4)):
            words.insert(draw.randint(0, len(words)), draw.choice(HOSTILE).replace("{trap}", str(trap)))
        if draw.random() < 0.3:
            draw.shuffle(words)
        text = draw.choice((" ", " ", "", "\n", "\u00a0")).join([*words, SECRET])
        found.append(text[draw.randint(0, 3) :])
    return found


def test_ten_thousand_prompts_are_read_and_never_run_or_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    trap = tmp_path / "evaluated"
    segmenter = Segmenter(make_toy_bundle(tmp_path / "toy_segmentation"), device="cpu")
    film = np.zeros((16, 16), np.float32)
    film[10:] = 255
    texts = prompts(10_000, trap)
    cases = [Case(film, text, side=("image", "patient")[number % 2]) for number, text in enumerate(texts)]
    with caplog.at_level(logging.DEBUG), warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        results = list(segmenter.segment_many(cases, batch_size=32))
    assert [result for result in results if isinstance(result, Exception)] == []
    assert [result.text for result in results] == texts
    assert not trap.exists()
    said = caplog.text + "".join(map(str, caught)) + "".join(capfd.readouterr())
    assert SECRET not in said.lower()
    for result in results:
        known = " ".join((*result.warnings, *result.understood.notes))
        assert SECRET not in known.lower()
    assert len({result.mask.tobytes() for result in results}) > 2  # they were read
