from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.toy_bundle import make_writing_bundle

from textguide.segmenter import DatalistSegmentation, read_bundle


@pytest.mark.parametrize("text", ["", "lower left lung"])
def test_the_bundles_own_inference_leaves_the_report_too(text: str, tmp_path: Path) -> None:
    path = make_writing_bundle(tmp_path / "writer")
    parser = read_bundle(path)
    rows = np.zeros((30, 40), np.uint8)
    rows[:, 25:] = 255
    Image.fromarray(rows).save(tmp_path / "film.png")
    record = {
        "image": str(tmp_path / "film.png"), "given_text": text, "given_side": "image", "case_id": "film",
        "text_source": "report",
    }  # fmt: skip
    DatalistSegmentation(
        network=parser.get_parsed_content("network_def"),
        weights=path / "models" / "model.pt",
        preprocessing=parser.get_parsed_content("preprocessing"),
        inferer=parser.get_parsed_content("inferer"),
        device=parser.get_parsed_content("device"),
        side_convention="image",
        threshold=0.5,
        temperature=1.0,
        bundle_root=path,
        records=[record],
        output_dir=tmp_path / "out",
        batch_size=1,
    ).run()
    report = json.loads((tmp_path / "out" / "film.json").read_text())
    assert report["source"] == ("typed" if text else "written")
    assert report["written"]["zones"]["lower right"] == 1
