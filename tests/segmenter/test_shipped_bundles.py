from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from monai.bundle import ConfigWorkflow
from PIL import Image

from textguide.segmenter import Segmenter, list_bundles, read_bundle, verbatim

BUNDLES = [path for name, path in list_bundles().items() if name.endswith("_segmentation")]
TEXTS = {"left": "one infected area, lower left lung.", "none": ""}


@pytest.fixture(scope="module", params=BUNDLES, ids=lambda path: path.name)
def bundle(request: pytest.FixtureRequest) -> Path:
    return request.param


@pytest.fixture(scope="module")
def weights(bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Weights at random, stored as published ones are: the path is under test, not the network's skill."""
    torch.manual_seed(0)
    state = read_bundle(bundle).get_parsed_content("network_def").state_dict()
    path = tmp_path_factory.mktemp("weights") / "model #1.pt"
    torch.save(
        {name: value.half() if value.is_floating_point() else value for name, value in state.items()}, path
    )
    return path


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data $x #2")
    rows = np.random.default_rng(0).integers(0, 255, (7, 9), dtype=np.uint8)
    records = []
    for name, text in TEXTS.items():
        Image.fromarray(rows).resize((150, 210), Image.Resampling.BICUBIC).save(folder / f"{name}.png")
        records.append({
            "image": f"{name}.png", "label": None, "text": text, "case_id": name, "group_id": name,
            "zones": None, "side_convention": "image", "text_source": "toy",
        })  # fmt: skip
    header = {"name": "toy", "modality": "CR", "labels": {"1": "toy"}, "license_note": "none"}
    datalist = {**header, "training": [], "validation": [], "testing": records}
    (folder / "datalist.json").write_text(json.dumps(datalist))
    return folder


def test_monais_runner_and_the_segmenter_write_the_same_masks(
    bundle: Path, weights: Path, data: Path, tmp_path: Path
) -> None:
    workflow = ConfigWorkflow(
        config_file=str(bundle / "configs" / "inference.json"),
        workflow_type="infer",
        bundle_root=verbatim(bundle),
        ckpt_path=verbatim(weights),
        dataset_dir=verbatim(data),
        output_dir=verbatim(tmp_path / "out"),
        device="$torch.device('cpu')",
    )
    workflow.initialize()
    workflow.run()
    segmenter = Segmenter(bundle, device="cpu", weights=weights)
    for name, text in TEXTS.items():
        result = segmenter(data / f"{name}.png", text)
        (written,) = [path for path in (tmp_path / "out").rglob(f"{name}*mask.png")]
        differing = np.count_nonzero((np.asarray(Image.open(written)).T > 0) != result.mask)
        assert differing == 0, f"{differing} of {result.mask.size} pixels differ"
        assert 0 < result.mask.sum() < result.mask.size


def test_an_odd_picture_and_a_volume_go_through_the_bundle(bundle: Path, weights: Path) -> None:
    segmenter = Segmenter(bundle, device="cpu", weights=weights)
    volume = np.random.default_rng(1).normal(size=(1, 33, 20, 2)).astype(np.float32)
    result = segmenter(volume, "upper right lung")
    assert result.mask.shape == (33, 20, 2)
    assert np.isfinite(result.probability).all()
    assert segmenter(np.zeros((1, 1, 1), np.float32)).mask.shape == (1, 1)
    assert (
        segmenter.bundle.identity["weights_sha256"]
        == Segmenter(bundle, weights=weights).bundle.weights_sha256
    )
