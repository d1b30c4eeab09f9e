from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from monai.data import DataLoader, Dataset, decollate_batch
from monai.transforms import Activationsd, Compose, Invertd
from PIL import Image
from tests.toy_bundle import make_toy_bundle

from textguide.segmenter import SaveSegmentationd, Segmenter, read_bundle


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    return make_toy_bundle(tmp_path / "toy_segmentation")


def test_the_evaluators_way_writes_the_mask_of_the_segmenter(bundle: Path, tmp_path: Path) -> None:
    """What `python -m monai.bundle run` does: batch, network, decollate, sigmoid, invert, save."""
    records = []
    for name, text in (("a", "lower left lung"), ("b", "lower right lung")):
        (tmp_path / name).mkdir()
        values = np.random.default_rng(0).integers(0, 255, (30, 41), dtype=np.uint8)
        Image.fromarray(values).save(tmp_path / name / "film.png")
        records.append({"image": str(tmp_path / name / "film.png"), "text": text})
    segmenter = Segmenter(bundle)
    preprocessing = read_bundle(bundle).get_parsed_content("preprocessing")
    batch = next(iter(DataLoader(Dataset(records, preprocessing), batch_size=2)))
    with torch.no_grad():
        batch["pred"] = segmenter.bundle.network(batch["image"], batch["input_ids"], batch["attention_mask"])
    postprocessing = Compose(
        [
            Activationsd(keys="pred", sigmoid=True),
            Invertd(keys="pred", transform=preprocessing, orig_keys="image", nearest_interp=False),
            SaveSegmentationd(keys="pred", output_dir=tmp_path / "out", bundle_root=bundle),
        ]
    )
    for item in decollate_batch(batch):
        postprocessing(item)
    lines = [json.loads(line) for line in (tmp_path / "out" / "segmentations.jsonl").read_text().splitlines()]
    assert [line["case"] for line in lines] == ["film", "film_2"]
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
    item["pred"] = torch.zeros(1, 16, 16)
    with pytest.raises(ValueError, match="Invertd must stand before"):
        SaveSegmentationd(keys="pred", output_dir=tmp_path / "out", bundle_root=bundle)(item)
    assert not (tmp_path / "out").exists()
