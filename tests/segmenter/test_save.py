from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from monai.data import DataLoader, Dataset
from monai.engines import SupervisedEvaluator
from monai.transforms import Activationsd, Compose, CopyItemsd, Invertd
from PIL import Image
from tests.toy_bundle import make_toy_bundle

from textguide.engines import PrepareTextBatch
from textguide.segmenter import SaveSegmentations, Segmenter, read_bundle


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    return make_toy_bundle(tmp_path / "toy_segmentation")


def saving(bundle: Path, output_dir: Path) -> SaveSegmentations:
    return SaveSegmentations(output_dir, bundle, weights=bundle / "models" / "model.pt")


def test_the_evaluators_way_writes_the_mask_of_the_segmenter(bundle: Path, tmp_path: Path) -> None:
    """What `python -m monai.bundle run` does: batch, network, decollate, sigmoid, invert, save."""
    records = []
    for name, text in (("a", "lower left lung"), ("b/../$b", "lower right lung")):
        (tmp_path / name[0]).mkdir()
        values = np.random.default_rng(0).integers(0, 255, (30, 41), dtype=np.uint8)
        Image.fromarray(values).save(tmp_path / name[0] / "film.png")
        records.append({"image": str(tmp_path / name[0] / "film.png"), "text": text, "case_id": name})
    segmenter = Segmenter(bundle)
    preprocessing = read_bundle(bundle).get_parsed_content("preprocessing")
    postprocessing = Compose(
        [
            Activationsd(keys="pred", sigmoid=True),
            Invertd(keys="pred", transform=preprocessing, orig_keys="image", nearest_interp=False),
            CopyItemsd(keys="pred", names="probability"),
        ]
    )
    SupervisedEvaluator(
        device=torch.device("cpu"),
        val_data_loader=DataLoader(Dataset(records, preprocessing), batch_size=2),
        network=segmenter.bundle.network,
        prepare_batch=PrepareTextBatch(),
        postprocessing=postprocessing,
        val_handlers=[saving(bundle, tmp_path / "out")],
    ).run()
    lines = [json.loads(line) for line in (tmp_path / "out" / "segmentations.jsonl").read_text().splitlines()]
    assert [line["case"] for line in lines] == ["a", "b_.._$b"]
    for record, line in zip(records, lines, strict=True):
        result = segmenter(record["image"], record["text"])
        assert np.array_equal(np.asarray(Image.open(tmp_path / "out" / line["mask"])).T > 0, result.mask)
        assert line["confidence"] == result.record()["confidence"]
        assert line["understood"] == json.loads(json.dumps(result.record()["understood"]))
        assert line["bundle"] == result.bundle
        assert line["image"] == record["image"]
        assert (tmp_path / "out" / line["overlay"]).is_file()


def test_a_probability_that_was_not_inverted_is_refused(bundle: Path, tmp_path: Path) -> None:
    Image.fromarray(np.zeros((30, 41), np.uint8)).save(tmp_path / "film.png")
    preprocessing = read_bundle(bundle).get_parsed_content("preprocessing")
    item = preprocessing({"image": str(tmp_path / "film.png"), "text": ""})
    item["probability"] = torch.zeros(1, 16, 16)
    with pytest.raises(ValueError, match="Invertd must stand in"):
        saving(bundle, tmp_path / "out").write(item)
    assert not (tmp_path / "out").exists()
