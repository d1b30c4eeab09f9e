from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from monai.bundle import ConfigWorkflow
from PIL import Image

from textguide.cli import main
from textguide.segmenter import Segmenter, list_bundles, read_bundle, verbatim
from textguide.writers import RESULTS_NAME, ResultsFile

BUNDLES = [path for name, path in list_bundles().items() if name.endswith("_segmentation")]
# The same film three times, once in the patient's words, and a film that is broken: name -> sentence, side
CASES = {
    "left": ("one infected area, lower left lung.", "image"),
    "mirrored": ("one infected area, lower right lung.", "patient"),
    "none": ("", "image"),
    "broken": ("one infected area, lower left lung.", "image"),
}
WHOLE = [name for name in CASES if name != "broken"]


@pytest.fixture(scope="module", params=BUNDLES, ids=lambda path: path.name)
def bundle(request: pytest.FixtureRequest) -> Path:
    return request.param


@pytest.fixture(scope="module")
def weights(bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Weights at random, stored as published ones are: the path is under test, not the network's skill.

    Batch norms have seen images, so that a random mask has an inside and an outside.
    """
    torch.manual_seed(0)
    network = read_bundle(bundle).get_parsed_content("network_def").train()
    for norm in (module for module in network.modules() if isinstance(module, torch.nn.BatchNorm2d)):
        norm.momentum = None  # the mean over all batches
    with torch.no_grad():
        for _ in range(2):
            network(torch.randn(2, 1, 64, 64))
    state = network.state_dict()
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
    for name, (text, side) in CASES.items():
        Image.fromarray(rows).resize((150, 210), Image.Resampling.BICUBIC).save(folder / f"{name}.png")
        records.append({
            "image": f"{name}.png", "label": None, "text": text, "case_id": name, "group_id": name,
            "zones": None, "side_convention": side, "text_source": "toy",
        })  # fmt: skip
    (folder / "broken.png").write_bytes((folder / "broken.png").read_bytes()[:300])
    header = {"name": "toy", "modality": "CR", "labels": {"1": "toy"}, "license_note": "none"}
    datalist = {**header, "training": [], "validation": [], "testing": records}
    (folder / "datalist.json").write_text(json.dumps(datalist))
    return folder


@pytest.fixture(scope="module")
def workflow(bundle: Path, weights: Path, data: Path, tmp_path_factory: pytest.TempPathFactory):
    """MONAI's runner, as `python -m monai.bundle run` makes it, before its run."""
    workflow = ConfigWorkflow(
        config_file=str(bundle / "configs" / "inference.json"),
        workflow_type="infer",
        bundle_root=verbatim(bundle),
        ckpt_path=verbatim(weights),
        dataset_dir=verbatim(data),
        output_dir=verbatim(tmp_path_factory.mktemp("out")),
        device="$torch.device('cpu')",
    )
    workflow.initialize()
    return workflow


def test_monais_runner_writes_what_the_segmenter_and_the_command_write_and_names_the_broken_film(
    workflow: ConfigWorkflow, bundle: Path, weights: Path, data: Path, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    with pytest.raises(SystemExit, match="1 of 4 cases failed; the others are written"):
        workflow.run()
    printed = capsys.readouterr().out
    assert "3 of 4 segmented" in printed
    assert f"  {data}/broken.png: " in printed
    line = ["segment", str(data / "datalist.json"), f"--bundle={bundle}", f"--weights={weights}"]
    assert main([*line, f"--output={tmp_path}", "--device=cpu", "--batch-size=1"]) == 1
    out = Path(workflow.parser.get_parsed_content("output_dir"))
    lines = {folder: ResultsFile(folder / RESULTS_NAME).records for folder in (out, tmp_path)}
    segmenter = Segmenter(bundle, device="cpu", weights=weights)
    for folder, records in lines.items():
        assert list(records) == WHOLE
        for name in WHOLE:
            result = segmenter(data / f"{name}.png", *CASES[name])
            written = np.asarray(Image.open(folder / records[name]["mask"])).T > 0
            differing = np.count_nonzero(written != result.mask)
            assert differing == 0, f"{name}: {differing} of {result.mask.size} pixels differ"
            assert 0 < result.mask.sum() < result.mask.size
            assert (records[name]["text"], records[name]["side"]) == CASES[name]
            assert records[name]["warnings"] == list(result.warnings)
    for name in WHOLE:
        first, second = (records[name] | {"seconds": 0} for records in lines.values())
        assert first == second
    assert lines[out]["left"]["pixels"] == lines[out]["mirrored"]["pixels"]
    read = lines[out]["mirrored"]["understood"]["left_means"] or ""
    assert ("the patient's left" in read) == segmenter.bundle.reads_text


def test_monais_evaluator_reads_the_mirrored_sentence_too(workflow: ConfigWorkflow) -> None:
    records = workflow.parser.get_parsed_content("dataset").data
    records[:] = [record for record in records if record["case_id"] in ("left", "mirrored")]
    evaluator = workflow.parser.get_parsed_content("evaluator")
    evaluator.run()
    (output,) = evaluator.state.output
    assert output["pred"].shape == (1, 150, 210)
    assert [record["text"] for record in records] == [CASES["left"][0]] * 2


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
