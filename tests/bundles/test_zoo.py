"""What the model zoo asks of a bundle, without a network, and the stricter rules of the house."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import torch
from monai.bundle import ConfigParser, ckpt_export, load, verify_metadata, verify_net_in_out
from tests.bundles.toy_bundles import ROOT, copy_bundle, read, reads_text, store_weights

import textguide
from textguide.cli.config_reading import nodes
from textguide.text import load_tokenizer, tokenize
from textguide.weights import load_weights

SCHEMA = Path(__file__).with_name("meta_schema_20240725.json")
TENSOR_KEYS = {"type", "format", "num_channels", "spatial_shape", "dtype", "value_range"}

pytestmark = pytest.mark.filterwarnings("ignore")  # MONAI: a config is code; torch: TorchScript is old


def metadata_of(bundle: Path) -> dict[str, Any]:
    return json.loads((bundle / "configs" / "metadata.json").read_text(encoding="utf-8"))


def pins() -> dict[str, str]:
    lines = (ROOT / "constraints" / "core.txt").read_text().splitlines()
    return dict(line.split("==") for line in lines if not line.startswith("#"))


@pytest.fixture(scope="module")
def full_size(bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the bundle with its shipped architecture and weights that are random."""
    copy = copy_bundle(bundle, tmp_path_factory.mktemp("zoo"))
    store_weights(network_of(copy), copy / "models" / "model.pt")
    return copy


def network_of(bundle: Path) -> torch.nn.Module:
    return ConfigParser(read(bundle, "inference")).get_parsed_content("network_def").eval()


def test_metadata_follows_the_schema_of_monai(bundle: Path):
    assert metadata_of(bundle)["schema"].endswith(f"/{SCHEMA.name}")
    verify_metadata(meta_file=str(bundle / "configs" / "metadata.json"), filepath=str(SCHEMA))


def test_metadata_that_breaks_the_schema_is_refused(bundle: Path, tmp_path: Path):
    broken = metadata_of(bundle)
    del broken["network_data_format"]["inputs"]["image"]["num_channels"]
    (tmp_path / "metadata.json").write_text(json.dumps(broken))
    with pytest.raises(ValueError, match="Failed validating"):
        verify_metadata(meta_file=str(tmp_path / "metadata.json"), filepath=str(SCHEMA))


def test_metadata_says_what_the_schema_forgets(bundle: Path):
    metadata = metadata_of(bundle)
    assert re.fullmatch(r"\d+\.\d+\.\d+", metadata["version"])
    assert metadata["changelog"][metadata["version"]]
    assert metadata["name"]
    assert metadata["side_convention"] in ("image", "patient")
    assert metadata["intended_use"]
    assert metadata["references"]
    assert isinstance(metadata.get("writes_text", False), bool)
    # MONAI's parser renames it over the required ones.
    assert "optional_packages_version" not in metadata


def test_metadata_names_the_tested_versions(bundle: Path):
    metadata, tested = metadata_of(bundle), pins()
    assert metadata["monai_version"] == tested["monai"]
    assert metadata["pytorch_version"] == tested["torch"]
    assert metadata["numpy_version"] == tested["numpy"]
    required = dict(metadata["required_packages_version"])
    assert required.pop("textguide") == textguide.__version__
    assert required == {name: tested[name] for name in required}


def test_the_platforms_see_one_input_and_the_tokens_stand_apart(bundle: Path):
    metadata, config = metadata_of(bundle), read(bundle, "inference")
    inputs = metadata["network_data_format"]["inputs"]
    assert set(inputs) == {"image"}
    assert inputs["image"]["num_channels"] == config["channels"]
    assert set(metadata["network_data_format"]["outputs"]) == {"pred"}
    assert ("text_encoder_data_format" in metadata) == reads_text(bundle)
    if not reads_text(bundle):
        return
    tokens = metadata["text_encoder_data_format"]["inputs"]
    assert set(tokens) == {"input_ids", "attention_mask"}
    assert all(set(token) >= TENSOR_KEYS for token in tokens.values())
    (size,) = {value for key, value in nodes(config) if key.endswith("vocab_size")}
    assert tokens["input_ids"]["value_range"] == [0, size - 1]
    assert tokens["attention_mask"]["value_range"] == [0, 1]
    (features,) = metadata["text_encoder_data_format"]["outputs"].values()
    assert features["num_channels"] == config["network_def"]["text_encoder"]["hidden_size"]


@pytest.mark.parametrize("multiple", [1, 4])
def test_the_network_takes_and_gives_what_the_metadata_says(bundle: Path, multiple: int):
    configs = bundle / "configs"
    verify_net_in_out(
        net_id="network_def",
        meta_file=str(configs / "metadata.json"),
        config_file=str(configs / "inference.json"),
        n=multiple,
        device="cpu",
        bundle_root=str(bundle),
    )


def test_the_exported_torchscript_takes_an_image_and_a_sentence(full_size: Path, tmp_path: Path):
    configs, weights = full_size / "configs", full_size / "models" / "model.pt"
    ckpt_export(
        net_id="network_def",
        filepath=str(tmp_path / "model.ts"),
        ckpt_file=str(weights),
        meta_file=str(configs / "metadata.json"),
        config_file=str(configs / "inference.json"),
        bundle_root=str(full_size),
    )
    exported = torch.jit.load(tmp_path / "model.ts").eval()
    network = network_of(full_size)
    load_weights(network, weights)
    channels = read(full_size, "inference")["channels"]
    tokens = [tokenize(load_tokenizer(), text, 20) for text in ("lower left lung", "bilateral infection", "")]
    ids, mask = (torch.stack(column) for column in zip(*tokens, strict=True))
    torch.manual_seed(0)
    image = torch.randn(3, channels, 70, 50)
    with torch.no_grad():
        for arguments in ((image,), (image, ids, mask), (image[:1, :, :33, :64], ids[:1, :5], mask[:1, :5])):
            expected = network(*arguments)
            assert expected.shape[0] == len(arguments[0])
            torch.testing.assert_close(exported(*arguments), expected, atol=1e-4, rtol=1e-4)
        assert torch.allclose(exported(image), exported(image, ids, mask)) != reads_text(full_size)


def test_monai_loads_the_network_of_a_local_bundle_with_its_weights(full_size: Path):
    network = load(full_size.name, bundle_dir=str(full_size.parent))
    stored = torch.load(full_size / "models" / "model.pt", weights_only=True)
    state = network.state_dict()
    assert state.keys() == stored.keys()
    assert all(torch.equal(state[name], value.to(state[name].dtype)) for name, value in stored.items())
