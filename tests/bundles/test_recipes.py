"""The paper's recipe, the other data sets and every row of the ablations build and train, at toy size."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from monai.bundle import ConfigParser, ConfigWorkflow
from tests.bundles.toy_bundles import (
    BUNDLES,
    build,
    check_trained,
    content,
    copy_bundle,
    overlays,
    read,
    reads_text,
    run,
    toy_sizes,
    writes_text,
)
from transformers import BertConfig, ConvNextConfig, PretrainedConfig, RTDetrConfig

from textguide import Segmenter
from textguide.data import load_datalist, read_datalist
from textguide.text import load_tokenizer
from textguide.weights import load_weights

TOKENIZER = load_tokenizer()
NARROW_BERT = {
    "vocab_size": len(TOKENIZER),
    "hidden_size": 24,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 32,
}
NARROW_RTDETR = {
    "backbone_config": {
        "model_type": "rt_detr_resnet",
        "embedding_size": 8,
        "hidden_sizes": [8, 16, 24, 32],
        "depths": [1, 1, 1, 1],
        "out_features": ["stage2", "stage3", "stage4"],
    },
    "encoder_in_channels": [16, 24, 32],
    "decoder_in_channels": [24, 24, 24],
    "d_model": 24,
    "encoder_hidden_dim": 24,
    "encoder_ffn_dim": 32,
    "encoder_attention_heads": 2,
    "decoder_attention_heads": 2,
    "decoder_ffn_dim": 32,
    "decoder_layers": 2,
    "num_queries": 16,
}
# Architectures of the kind that a hub's name stands for, narrow; their weights start at random.
HUB: dict[str, PretrainedConfig] = {
    "facebook/convnext-tiny-224": ConvNextConfig(hidden_sizes=[8, 12, 16, 24], depths=[1, 1, 1, 1]),
    "microsoft/BiomedVLP-CXR-BERT-specialized": BertConfig(**NARROW_BERT),
    "PekingU/rtdetr_r50vd": RTDetrConfig(**NARROW_RTDETR),
}


def rows() -> Iterator[Any]:
    """Each distinct training of each bundle's ablations; rows share some."""
    for bundle in BUNDLES:
        seen: list[dict[str, Any]] = []
        ablations = json.loads((bundle / "configs" / "ablations.json").read_text(encoding="utf-8"))
        names = [name.removesuffix(".json") for name in ablations["overlays"]]
        for table, named in ablations["tables"].items():
            for row, given in named.items():
                overrides = {key: value for key, value in given.items() if key != "conditions"}
                if overrides not in seen:
                    seen.append(overrides)
                    yield pytest.param(bundle, names, overrides, id=f"{bundle.name}-{table}-{row}")


def hub_names(config: dict[str, Any]) -> set[str]:
    return {
        value
        for value in config.values()
        if isinstance(value, str) and re.fullmatch(r"[\w-]+/[\w.-]+", value)
    }


def frames(dataset_dir: Path) -> int:
    return len(read_datalist(dataset_dir / "datalist.json")["training"])


@pytest.mark.parametrize(("source", "names", "overrides"), list(rows()))
def test_a_row_of_the_ablations_trains(
    source: Path, names: list[str], overrides: dict[str, Any], polyps: Path, chest: Path, tmp_path: Path
):
    bundle, data = copy_bundle(source, tmp_path), polyps if names else chest
    sizes = {"dataset_dir": str(data), "epochs": 3 if "contrastive_length" in overrides else 1}
    workflow = run(bundle, "train", *names, **sizes, warmup_epochs=0, **overrides)
    check_trained(workflow, films=math.ceil(frames(data) * overrides.get("data_fraction", 1)))
    parser = ConfigParser(read(bundle, "train", *names))
    changed = {key: value for key, value in overrides.items() if workflow.parser[key] != value}
    assert changed == {}
    assert all(parser.get(key) != value for key, value in overrides.items())


def test_the_rows_of_a_table_differ(bundle: Path):
    ablations = json.loads((bundle / "configs" / "ablations.json").read_text(encoding="utf-8"))
    assert ablations["tables"]
    for table, named in ablations["tables"].items():
        assert len({json.dumps(row, sort_keys=True) for row in named.values()}) == len(named) > 1, table


@pytest.fixture(scope="module")
def paper(bundle: Path) -> dict[str, Any]:
    """The overrides of paper.json that toy sizes leave standing."""
    overrides = json.loads((bundle / "configs" / "paper.json").read_text(encoding="utf-8"))
    small = toy_sizes(bundle, read(bundle, "train", "paper"))
    return {key: value for key, value in overrides.items() if key not in small}


@pytest.fixture(scope="module")
def local(paper: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The overrides of paper.json with a local folder in place of each hub's name."""
    folder = tmp_path_factory.mktemp("hub")
    for name in hub_names(paper):
        assert name in HUB, f"{name} needs a narrow stand-in in HUB"
        HUB[name].save_pretrained(folder / name)
        TOKENIZER.save_pretrained(str(folder / name))
    return {key: str(folder / value) for key, value in paper.items() if str(value) in hub_names(paper)}


@pytest.fixture(scope="module")
def by_the_paper(
    bundle: Path, local: dict[str, Any], chest: Path, tmp_path_factory: pytest.TempPathFactory
) -> ConfigWorkflow:
    """A training of one epoch by the paper's recipe."""
    copy = copy_bundle(bundle, tmp_path_factory.mktemp("paper"))
    return run(copy, "train", "paper", dataset_dir=str(chest), epochs=1, warmup_epochs=0, **local)


def test_the_papers_recipe_trains_with_folders_in_place_of_the_hub(
    bundle: Path, by_the_paper: ConfigWorkflow, paper: dict[str, Any], local: dict[str, Any]
):
    check_trained(by_the_paper, films=8)
    needed = {"tokenizer#path", "network_def#text_encoder"}
    assert set(local) >= needed if reads_text(bundle) else local == {}
    config = by_the_paper.parser
    untouched = {key: value for key, value in paper.items() if key not in local}
    assert {key: config[key] for key in untouched} == untouched


def test_inference_needs_no_hub_after_a_training_by_the_paper(
    bundle: Path, by_the_paper: ConfigWorkflow, paper: dict[str, Any], local: dict[str, Any], chest: Path,
    tmp_path: Path,
):  # fmt: skip
    runs = Path(content(by_the_paper, "output_dir"))
    known = ConfigParser(read(bundle, "inference"))
    kept = {key: value for key, value in paper.items() if key in known or key.startswith("network_def#")}
    saved = {
        key: str(runs / ("tokenizer" if key == "tokenizer#path" else key.split("#")[1])) for key in local
    }
    workflow = build(
        bundle, "inference", dataset_dir=str(chest), ckpt_path=str(runs / "model.pt"),
        output_dir=str(tmp_path), **(kept | saved),
    )  # fmt: skip
    workflow.run()
    assert len(list(tmp_path.rglob("*mask.png"))) == 4
    assert not any(Path(local[key]).samefile(saved[key]) for key in local)


def test_the_folder_of_a_training_by_the_paper_is_a_bundle(
    bundle: Path, by_the_paper: ConfigWorkflow, chest: Path
):
    runs = Path(content(by_the_paper, "output_dir"))
    written, shipped = (
        json.loads((folder / "configs" / "inference.json").read_text(encoding="utf-8"))["network_def"]
        for folder in (runs, bundle)
    )
    computed = {
        key: value for key, value in shipped.items() if isinstance(value, dict) and "_target_" in value
    }
    assert {key: written[key] for key in computed} == computed
    metadata = json.loads((runs / "configs" / "metadata.json").read_text(encoding="utf-8"))
    assert metadata.get("writes_text", False) == writes_text(bundle)
    segmenter = Segmenter(runs, device="cpu")
    trained, image = content(by_the_paper, "network_def").eval(), torch.randn(2, 1, 64, 96)
    load_weights(trained, runs / "model.pt")
    with torch.inference_mode():
        torch.testing.assert_close(segmenter.bundle.network(image), trained(image), atol=1e-5, rtol=0)
    film = load_datalist(chest, "testing")[0]["image"]
    assert segmenter(Path(film), "lower left lung").mask.shape == segmenter(Path(film)).mask.shape


def test_every_other_data_set_trains(bundle: Path, polyps: Path, tmp_path: Path):
    """What a network writes is a sentence of six lung zones: such a bundle knows no other kind of image."""
    assert bool(overlays(bundle)) != writes_text(bundle)
    for name in overlays(bundle):
        copy = copy_bundle(bundle, tmp_path / name)
        workflow = run(copy, "train", name, dataset_dir=str(polyps), epochs=1, warmup_epochs=0)
        check_trained(workflow, films=8)
        channels = read(copy, "train", name)["channels"]
        batch = next(iter(content(workflow, "train#dataloader")))
        assert batch["image"].shape[1] == channels
        assert isinstance(batch["image"], torch.Tensor)
        metadata = json.loads((copy / "runs" / "configs" / "metadata.json").read_text(encoding="utf-8"))
        data = read_datalist(polyps / "datalist.json")
        assert metadata["name"].endswith(f"trained on {data['name']}")
        assert metadata["network_data_format"]["inputs"]["image"]["modality"] == data["modality"]
        assert metadata["side_convention"] is None
        assert "X-ray" not in metadata["name"] + metadata["description"] + metadata["task"]
