from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from monai.bundle import verify_metadata
from tests.toy_bundle import make_toy_bundle
from transformers import BertConfig, ConvNextConfig

from textguide import Segmenter
from textguide.networks.nets import TMCA
from textguide.run_bundle import write_run_bundle
from textguide.segmenter import list_bundles
from textguide.text import load_tokenizer

SCHEMA = Path(__file__).parent / "bundles" / "meta_schema_20240725.json"
SHIPPED = list_bundles()["tmca_segmentation"]


@pytest.fixture
def run(tmp_path: Path) -> tuple[Path, TMCA]:
    """What a training with the paper's kind of overlay leaves: encoders by name, other choices and sizes."""
    folder = tmp_path / "runs #1 $x"
    tokenizer = load_tokenizer()
    ConvNextConfig(hidden_sizes=[8, 12, 16, 24], depths=[1, 1, 1, 1]).save_pretrained(
        folder / "image_encoder"
    )
    BertConfig(
        vocab_size=len(tokenizer), hidden_size=24, num_hidden_layers=2, num_attention_heads=2,
        intermediate_size=32,
    ).save_pretrained(folder / "text_encoder")  # fmt: skip
    tokenizer.save_pretrained(str(folder / "tokenizer"))
    choices = {"position": "flat", "ltem_levels": ["16"], "text_layers": 2}
    torch.manual_seed(0)
    network = TMCA(folder / "image_encoder", folder / "text_encoder", **choices).eval()
    torch.save(network.state_dict(), folder / "model.pt")
    arguments = {"image_encoder": "owner/image", "text_encoder": "owner/text", **choices}
    inputs = {"channels": 3, "spatial_size": [64, 96], "max_length": 7, "side_convention": "patient"}
    write_run_bundle(folder, SHIPPED, arguments, inputs)
    return folder, network


def test_the_folder_of_a_run_segments_as_its_own_network_does_and_may_be_moved(
    run: tuple[Path, TMCA], tmp_path: Path
) -> None:
    folder, network = run
    moved = Path(shutil.move(folder, tmp_path / "elsewhere"))
    segmenter = Segmenter(moved, device="cpu")
    image = torch.rand(1, 3, 64, 96)
    with torch.inference_mode():
        assert torch.equal(segmenter.bundle.network(image), network(image))
    result = segmenter(np.random.default_rng(0).random((50, 40), np.float32), "lower left lung " * 9)
    assert result.mask.shape == (50, 40)
    assert any("cut to 7" in warning for warning in result.warnings)
    assert result.understood.convention == "patient"
    assert segmenter.bundle.temperature == 1.0


def test_the_shipped_configurations_stay_and_the_metadata_follows(run: tuple[Path, TMCA]) -> None:
    folder, _ = run
    metadata = json.loads((folder / "configs" / "metadata.json").read_text())
    assert metadata["network_data_format"]["inputs"]["image"]["num_channels"] == 3
    shipped, written = (
        json.loads((path / "configs" / "inference.json").read_text()) for path in (SHIPPED, folder)
    )
    assert shipped["preprocessing"] == written["preprocessing"]
    assert shipped["max_length"] == 64


def test_the_metadata_say_what_the_run_was_trained_on_and_follow_the_schema(run: tuple[Path, TMCA]) -> None:
    folder, _ = run
    inputs = {"channels": 3, "spatial_size": 64, "side_convention": None}
    head = {"modality": "endoscopy", "label_names": "1: polyp"}
    records = [{"dataset": "A", **head}, {"dataset": "B", **head}, {"dataset": "A", **head}]
    write_run_bundle(folder, SHIPPED, {"image_encoder": "o/i", "text_encoder": "o/t"}, inputs, records)
    path = folder / "configs" / "metadata.json"
    metadata = json.loads(path.read_text())
    assert metadata["name"] == "TMCA trained on A, B"
    assert metadata["side_convention"] is None
    assert metadata["data_source"] == "A, B"
    assert metadata["task"] == "Segment what a sentence names: polyp (endoscopy)"
    assert metadata["label_classes"] == "1: polyp"
    formats = metadata["network_data_format"]
    assert formats["inputs"]["image"]["modality"] == "endoscopy"
    assert formats["outputs"]["pred"]["channel_def"] == {"0": "polyp"}
    left = {key: value for key, value in metadata.items() if key not in ("references", "schema")}
    for word in ("chest", "X-ray", "infection", "QaTa", "grey"):
        assert word not in json.dumps(left)
    verify_metadata(meta_file=str(path), filepath=str(SCHEMA))
    inference = json.loads((folder / "configs" / "inference.json").read_text())
    assert (inference["spatial_size"], inference["side_convention"]) == ([64, 64], None)


def test_a_training_whose_records_name_no_data_set_does_not_claim_the_shipped_one(
    run: tuple[Path, TMCA],
) -> None:
    metadata = json.loads((run[0] / "configs" / "metadata.json").read_text())
    assert metadata["name"] == "TMCA trained on data that the training did not name"
    assert "QaTa" not in json.dumps(metadata)


def test_what_the_inference_does_not_know_and_an_encoder_that_was_not_kept_are_refused(
    tmp_path: Path,
) -> None:
    bundle = make_toy_bundle(tmp_path / "toy")
    with pytest.raises(ValueError, match="has no channels, which the training set"):
        write_run_bundle(tmp_path / "run", bundle, {}, {"channels": 1})
    with pytest.raises(FileNotFoundError, match=r"image_encoder/config\.json' is missing"):
        write_run_bundle(tmp_path / "run", bundle, {"image_encoder": "owner/image"}, {})
    assert not (tmp_path / "run").exists()
