from __future__ import annotations

import json
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch

from textguide.text import FAMILIES
from textguide.weights import read_weights

ROOT = Path(__file__).parents[1]
BUNDLE = ROOT / "bundles" / "tmca_segmentation"


@pytest.fixture
def pretrain_reader(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    import pretrain_reader

    return pretrain_reader


def test_the_reader_learns_alone_and_every_other_part_is_that_of_the_weights(
    pretrain_reader: ModuleType, tmp_path: Path
) -> None:
    others = BUNDLE / "models" / "model.pt"
    size = ["--steps", "2", "--batch_size", "4", "--sentences", "2"]
    pretrain_reader.main([str(BUNDLE), "--weights", str(others), "--output", str(tmp_path), *size])
    found, given = read_weights(tmp_path / "model.pt"), read_weights(others)
    assert found.keys() == given.keys()
    differing = {name for name in given if not torch.equal(found[name].float(), given[name].float())}
    assert differing
    assert all(name.startswith(pretrain_reader.READER) for name in differing)
    record = json.loads((tmp_path / "reading.json").read_text(encoding="utf-8"))
    assert record["sentences"] == 8
    assert list(record["read_right"]) == list(FAMILIES)


def test_the_target_of_a_zone_that_a_sentence_leaves_open_is_a_half(pretrain_reader: ModuleType) -> None:
    rng = np.random.default_rng(0)
    targets = [pretrain_reader.draw(rng)[1] for _ in range(300)]
    assert {value for target in targets for value in target} == {0.0, 0.5, 1.0}
    assert 0.03 < sum(0.5 in target for target in targets) / len(targets) < 0.2
