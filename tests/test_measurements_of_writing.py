"""scripts/measurements_of_writing.py: what is compared is the same work done in two ways."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest
import torch
from tests.bundles.toy_bundles import ROOT

SOURCE = ROOT / "bundles" / "sgseg_segmentation"


@pytest.fixture
def writing(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    import measurements_of_writing

    return measurements_of_writing


@pytest.fixture(scope="module")
def options(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "scripts"))
        from benchmark_bundle import Options, prepare

        options = Options(str(SOURCE), str(tmp_path_factory.mktemp("benchmark")), repeats=1, quick=True)
        described = prepare(options)
    assert described["writes_text"]
    assert described["weights"] == "random"
    return options


def names(comparison: dict[str, Any]) -> list[str]:
    assert all(len(values) == 1 and values[0] > 0 for values in comparison["values"].values())
    assert comparison["reference"] in comparison["values"]
    return list(comparison["values"])


def test_the_table_and_the_text_encoder_read_the_same_sentence(
    writing: ModuleType, options: Any, monkeypatch: pytest.MonkeyPatch
):
    seen: list[dict[str, Any]] = []
    measure = writing.milliseconds
    monkeypatch.setattr(
        writing, "milliseconds", lambda given, steps: seen.append(steps) or measure(given, steps)
    )
    found = writing.reading(options)
    assert [names(one) for one in found] == [["out of the table", "by the text encoder"]] * 2
    assert all(one["notes"]["tokens"] > 2 for one in found)
    with torch.inference_mode():
        (table, unread), (encoded, padding, _) = (step() for step in seen[0].values())
        torch.testing.assert_close(
            table[~unread], encoded[~padding], atol=1e-2, rtol=0
        )  # float16 in the file
        torch.testing.assert_close(*(step() for step in seen[1].values()), atol=1e-2, rtol=0)


def test_the_detector_is_a_part_of_the_pass(writing: ModuleType, options: Any):
    (found,) = writing.detector(options)
    assert names(found) == ["a whole pass", "the image encoder", "the detector"]
    parameters = found["notes"]["parameters"]
    assert 0 < parameters["the detector"] < parameters["a whole pass"]


def test_the_text_free_file_is_the_smaller(writing: ModuleType, options: Any):
    passes, loading = writing.torchscript(options)
    assert names(passes) == ["whole", "text-free", "the network in Python"]
    assert names(loading) == ["whole", "text-free"]
    for numbers in passes["notes"].values():
        assert 0 < numbers["text-free"] < numbers["whole"]


def test_the_simple_head_has_no_detector(writing: ModuleType, options: Any):
    (found,) = writing.head(options)
    assert names(found) == ["lerg", "simple"]
    assert found["notes"]["parameters"]["simple"] < found["notes"]["parameters"]["lerg"]


def test_a_film_goes_through_the_segmenter_end_to_end(writing: ModuleType, options: Any):
    import measurements

    (found,) = measurements.latency(options)
    assert "no sentence" in names(found)
    assert set(found["values"]) == set(measurements.SENTENCES)
    assert {"reading", "detector", "torchscript", "head"} <= measurements.MEASUREMENTS.keys()
