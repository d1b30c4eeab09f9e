"""Every bundle has the shape of the house."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from tests.bundles.toy_bundles import BUNDLES, ROOT

HOUSE = [
    "LICENSE",
    *(
        f"configs/{name}.json"
        for name in (
            "metadata",
            "train",
            "evaluate",
            "inference",
            "multi_gpu_train",
            "paper",
            "ablations",
        )
    ),
    "configs/logging.conf",
    "docs/README.md",
    "docs/results.json",
    "docs/data_license.txt",
    "models/model.pt",
    "models/LICENSE",
]


def test_every_folder_of_bundles_is_a_bundle():
    folders = [path for path in (ROOT / "bundles").iterdir() if path.is_dir()]
    assert sorted(folders) == BUNDLES
    assert BUNDLES


@pytest.mark.parametrize("name", HOUSE)
def test_the_file_is_there_and_not_empty(bundle: Path, name: str):
    assert (bundle / name).is_file()
    assert (bundle / name).stat().st_size > 0


def test_the_name_says_the_task(bundle: Path):
    assert re.fullmatch(r"[a-z][a-z0-9_]*_(segmentation|classification)", bundle.name)


def test_every_config_is_json_without_a_key_twice(bundle: Path):
    def no_key_twice(pairs: list[tuple[str, object]]) -> dict[str, object]:
        names = [name for name, _ in pairs]
        assert len(names) == len(set(names)), names
        return dict(pairs)

    for path in (bundle / "configs").glob("*.json"):
        json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=no_key_twice)
