from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from monai.data import load_net_with_metadata
from tests.toy_bundle import make_toy_bundle
from tests.toy_writing_bundle import make_writing_bundle

import textguide.segmenter.export as export
from textguide.segmenter import Bundle, load_bundle

ALONE = """
import sys

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("transformers", "tokenizers", "textguide", "monai"):
            raise ImportError(name)

sys.meta_path.insert(0, Blocked())
import torch

network = torch.jit.load(sys.argv[1])
image, logits, zone_logits = torch.load(sys.argv[2], weights_only=True)
with torch.no_grad():
    torch.testing.assert_close(network(image), logits, atol=1e-5, rtol=0)
    found = network.report(image)
torch.testing.assert_close(found["logits"], logits, atol=1e-5, rtol=0)
torch.testing.assert_close(found["zone_logits"], zone_logits, atol=1e-5, rtol=0)
print(network.written_zones(zone_logits).tolist())
"""


@pytest.fixture(scope="module")
def writing(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return load_bundle(make_writing_bundle(tmp_path_factory.mktemp("bundles") / "toy_segmentation"), "cpu")


def parameters(network: torch.nn.Module) -> int:
    return sum(weight.numel() for weight in network.parameters())


def test_a_text_free_file_runs_where_there_is_pytorch_alone(writing: Bundle, tmp_path: Path) -> None:
    path = tmp_path / "runs" / "model.ts"
    done = export.export_network(writing, path, text_free=True)
    assert done.bytes == path.stat().st_size
    whole = parameters(writing.network)
    assert done.left_out_parameters == parameters(writing.network.text_encoder.bert)
    assert done.parameters == parameters(torch.jit.load(path)) == whole - done.left_out_parameters
    assert done.left_out_bytes > 4 * done.left_out_parameters
    image = torch.randn(3, 1, 70, 50)
    with torch.no_grad():
        found = writing.network.report(image)
    torch.save((image, found["logits"], found["zone_logits"]), tmp_path / "expected.pt")
    words = [sys.executable, "-W", "ignore", "-c", ALONE, str(path), str(tmp_path / "expected.pt")]
    printed = subprocess.run(words, capture_output=True, text=True, cwd=tmp_path)
    assert printed.returncode == 0, printed.stderr
    assert json.loads(printed.stdout) == writing.network.written_zones(found["zone_logits"]).tolist()


def test_the_whole_file_reads_sentences_and_says_what_is_to_be_done_before_it(
    writing: Bundle, tmp_path: Path
) -> None:
    done = export.export_network(writing, tmp_path / "model.ts")
    assert (done.parameters, done.left_out_parameters, done.left_out_bytes) == (
        *(parameters(writing.network), 0, 0),
    )
    network, metadata, extra = load_net_with_metadata(str(done.path), more_extra_files=["inference.json"])
    assert metadata["name"] == "a toy"
    assert json.loads(extra["inference.json"])["spatial_size"] == [64, 64]
    told = metadata["export"]
    assert list(told["methods"]) == ["forward", "report", "written_zones"]
    by_name = {step["_target_"].split(".")[-1]: step for step in told["preprocessing"]}
    assert by_name["Resized"]["spatial_size"] == [64, 64]
    assert "NormalizeIntensityd" in by_name
    assert by_name["TokenizeTextd"]["max_length"] == 64
    assert (told["threshold"], told["side_convention"], told["text_free"]) == (0.5, "image", False)
    image, ids = torch.randn(2, 1, 64, 64), torch.randint(5, 99, (2, 7))
    with torch.no_grad():
        assert not torch.allclose(network(image, ids), network(image))


def test_a_text_free_file_refuses_a_sentence_and_its_metadata_promises_none(
    writing: Bundle, tmp_path: Path
) -> None:
    metadata = export.describe(writing, text_free=True)
    assert metadata["reads_text"] is False
    assert "ids" not in metadata["export"]["methods"]["forward"]
    assert all(step["keys"] == "image" for step in metadata["export"]["preprocessing"])
    network = writing.network.text_free()
    scripted = torch.jit.script(network)
    with pytest.raises(torch.jit.Error, match="this network is text-free"):
        scripted(torch.zeros(1, 1, 64, 64), torch.ones(1, 3, dtype=torch.long))


def test_a_network_that_writes_nothing_can_be_exported_but_not_without_its_text(tmp_path: Path) -> None:
    bundle = load_bundle(make_toy_bundle(tmp_path / "toy"), "cpu")
    with pytest.raises(ValueError, match="the network of 'toy' writes no sentence .* without --text_free"):
        export.export_network(bundle, tmp_path / "model.ts", text_free=True)
    with pytest.raises(ValueError, match="is a folder; name the file"):
        export.export_network(bundle, tmp_path)
    done = export.export_network(bundle, tmp_path / "model.ts")
    assert list(load_net_with_metadata(str(done.path))[1]["export"]["methods"]) == ["forward"]


def test_a_file_that_does_something_else_leaves_the_old_one_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = load_bundle(make_toy_bundle(tmp_path / "toy"), "cpu")
    path = tmp_path / "model.ts"
    path.write_text("old")
    whole = export._scripted

    def other(network: torch.nn.Module, *given: object) -> bytes:
        with torch.no_grad():
            network.brightness.add_(1)
            content = whole(network, *given)
            network.brightness.sub_(1)
        return content

    monkeypatch.setattr(export, "_scripted", other)
    with pytest.raises(ValueError, match="would differ from the network of 'toy' by .*: nothing was written"):
        export.export_network(bundle, path)
    assert path.read_text() == "old"
    assert sorted(one.name for one in tmp_path.iterdir()) == ["model.ts", "toy"]


def test_a_network_that_cannot_be_scripted_is_named_with_the_reason(tmp_path: Path) -> None:
    bundle = load_bundle(make_toy_bundle(tmp_path / "toy"), "cpu")
    bundle.network.forward = lambda image: globals()["nothing"](image)
    with pytest.raises(ValueError, match="the network of 'toy' cannot be scripted: "):
        export.export_network(bundle, tmp_path / "model.ts")
    assert not (tmp_path / "model.ts").exists()
