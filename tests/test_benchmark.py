"""scripts/benchmark.py: variants take turns and do what their names say, and no number is lost."""

from __future__ import annotations

import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch
from tests.bundles.toy_bundles import ROOT

SOURCE = ROOT / "bundles" / "tmca_segmentation"


@pytest.fixture(autouse=True)
def scripts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))


@pytest.fixture
def benchmark(scripts: None) -> ModuleType:
    import benchmark

    return benchmark


@pytest.fixture
def measurements(scripts: None) -> ModuleType:
    import measurements

    return measurements


@pytest.fixture(scope="module")
def options(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A toy bundle and phantoms, prepared as for `--quick`; each variant is measured once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "scripts"))
        from benchmark_bundle import Options, prepare

        options = Options(str(SOURCE), str(tmp_path_factory.mktemp("benchmark")), repeats=1, quick=True)
        prepare(options)
    return options


def names(comparison: dict[str, Any]) -> list[str]:
    assert all(len(values) == 1 and values[0] > 0 for values in comparison["values"].values())
    assert comparison["reference"] in comparison["values"]
    return list(comparison["values"])


def test_variants_take_turns_and_the_round_that_warms_up_is_dropped():
    from timing import in_turn

    order: list[str] = []

    def variant(name: str) -> Any:
        return lambda: order.append(name) or len(order)

    assert in_turn({"A": variant("A"), "B": variant("B")}, 2) == {"A": [3, 5], "B": [4, 6]}
    assert order == ["A", "B"] * 3


def test_the_bundle_that_is_measured_has_weights_that_fit_and_toy_sizes(options: Any):
    from textguide.segmenter import load_bundle

    bundle = load_bundle(options.bundle, "cpu")
    assert bundle.weights_sha256
    assert options.parser("train")["spatial_size"] == [64, 64]
    assert not (SOURCE / "runs").exists()


def test_the_weights_of_the_bundle_are_measured_where_there_are_some(tmp_path: Path, monkeypatch: Any):
    import benchmark_bundle

    monkeypatch.setattr(benchmark_bundle, "write_chest_dataset", lambda *given, **sizes: None)
    monkeypatch.setattr(benchmark_bundle, "make_datalist", lambda *given: None)
    own = benchmark_bundle.Options(str(SOURCE), str(tmp_path))
    assert benchmark_bundle.prepare(own)["weights"] == "its own"
    model = "models/model.pt"
    assert (own.bundle / model).read_bytes() == (SOURCE / model).read_bytes()


@pytest.mark.parametrize(
    ("layer", "products"),
    [
        (torch.nn.Conv2d(6, 4, 3, padding=1), 6 * 4 * 9 * 25),
        (torch.nn.Conv2d(6, 6, 3, padding=1, groups=6), 6 * 9 * 25),
        (torch.nn.ConvTranspose2d(6, 4, 2, stride=2), 6 * 4 * 4 * 25),
        (torch.nn.Linear(5, 3), 6 * 5 * 5 * 3),
    ],
    ids=["dense", "depthwise", "transposed", "linear"],
)
def test_operations_are_two_for_each_product_of_the_forward_pass_and_of_both_gradients(
    layer: torch.nn.Module, products: int
):
    from timing import count_operations

    image = torch.ones(2, 6, 5, 5, requires_grad=True)
    assert count_operations(lambda: layer(image)) == 2 * 2 * products
    assert count_operations(lambda: layer(image).sum().backward()) == 3 * 2 * 2 * products
    assert count_operations(lambda: layer(image.detach()).sum().backward()) == 2 * 2 * 2 * products


@pytest.mark.parametrize(("precision", "enabled"), [("bfloat16", True), ("float32", False)])
def test_a_step_trains_in_the_layout_and_precision_that_were_asked_for(
    options: Any, precision: str, enabled: bool
):
    from benchmark_bundle import trainer_step

    step, trainer, images = trainer_step(options, {"train#inferer#enabled": enabled})
    weight = next(
        w for w in trainer.network.parameters() if w.ndim == 4 and w.shape[1] > 1 and w.shape[2] > 1
    )
    assert weight.is_contiguous(memory_format=torch.channels_last)
    before, seen = weight.detach().clone(), []
    layer = next(module for module in trainer.network.modules() if isinstance(module, torch.nn.Conv2d))
    layer.register_forward_hook(lambda module, given, output: seen.append(str(output.dtype)))
    step()
    assert not torch.equal(before, weight)
    assert seen == [f"torch.{precision}"] * 2  # two batches
    assert images == 8


def test_training_is_compared_by_layout_and_precision(measurements: ModuleType, options: Any):
    (found,) = measurements.training(options)
    variants = [f"{a}, {b}" for a in ("channels last", "contiguous") for b in ("bfloat16", "float32")]
    assert names(found) == variants
    shares = found["notes"]["share_of_matrix_peak"]
    speed = found["values"]["contiguous, float32"][0]
    peak = found["notes"]["matrix_peak_gflop_per_second"]["float32"]
    assert shares["contiguous, float32"] == pytest.approx(found["notes"]["gflop_per_image"] * speed / peak)
    assert all(0 < share < 1 for share in shares.values())


def test_inference_is_compared_by_layout_and_precision(measurements: ModuleType, options: Any):
    (found,) = measurements.inference(options)
    assert len(names(found)) == 4
    assert found["notes"]["images"] == 4


def test_every_row_is_encoded_only_where_that_is_measured_and_gives_the_same(
    measurements: ModuleType, options: Any
):
    from benchmark_bundle import inference_parts

    network, image, text = inference_parts(options, {})
    tokens = {name: value[:1].expand(len(image), -1) for name, value in text.items()}
    seen: list[int] = []
    network.text_encoder.bert.register_forward_pre_hook(lambda module, given: seen.append(len(given[0])))
    with torch.inference_mode():
        once = network(image, **tokens)
        with measurements.every_row(network):
            every = network(image, **tokens)
        again = network(image, **tokens)
    assert seen == [1, len(image), 1]
    torch.testing.assert_close(every, once)
    torch.testing.assert_close(again, once)


@pytest.mark.parametrize(("name", "count"), [("text", 3), ("paper", 2)])
def test_text_encoding_is_compared_in_training_and_inference(
    measurements: ModuleType, options: Any, name: str, count: int
):
    found = measurements.MEASUREMENTS[name](options)
    assert [names(one) for one in found] == [["each distinct sentence", "every row"]] * count
    assert all(1 <= one["notes"]["distinct_sentences"] <= one["notes"]["batch_size"] for one in found)
    assert len({one["title"] for one in found}) == count


def test_latency_is_that_of_a_film_with_and_without_a_sentence(measurements: ModuleType, options: Any):
    (found,) = measurements.latency(options)
    assert "no sentence" in names(found)
    assert len(found["values"]) == 3


def test_the_pipeline_is_measured_over_all_films(measurements: ModuleType, options: Any):
    (found,) = measurements.pipeline(options)
    assert names(found) == ["images in memory", "images from files"]
    assert found["notes"]["images"] == 8


def test_peak_memory_lies_above_rest(measurements: ModuleType, options: Any):
    block = torch.zeros(2**24)  # 64 MiB
    assert measurements.resident("VmHWM") >= measurements.resident("VmRSS") > 64
    del block
    found = measurements.memory_of_a_film(options)
    assert found["peak"] >= found["rest"] > 0


COMPARISON = {
    "title": "speed", "unit": "images/s", "reference": "A",
    "values": {"A": [1.0, 2.0, 10.0], "B": [2.0, 6.0, 10.0]}, "notes": {"images": 8},
}  # fmt: skip


def test_a_ratio_is_the_median_over_the_rounds(benchmark: ModuleType):
    found = benchmark.summarise(COMPARISON)
    assert found["variants"]["B"]["ratio"] == 2.0  # of 2, 3 and 1; the ratio of the medians is 3
    assert found["variants"]["A"]["ratio"] == 1.0
    second = {key: found["variants"]["B"][key] for key in ("median", "low", "high", "rounds")}
    assert second == {"median": 6.0, "low": 2.0, "high": 10.0, "rounds": 3}
    assert found["variants"]["A"]["percentiles"]["90"] == pytest.approx(8.4)
    text = benchmark.table(found)
    assert "speed, images/s" in text
    assert [line for line in text.splitlines() if "<- reference" in line][0].startswith("  A")


class Faked:
    """Stands in for the processes of a benchmark."""

    options = {"source": "", "folder": "", "repeats": 2}

    def measure(self, name: str) -> Any:
        if name == "training":
            raise RuntimeError("ValueError: broken")
        return [COMPARISON] if name not in ("prepare", "machine") else {"name": name}


def test_what_fails_is_reported_and_the_rest_is_measured(benchmark: ModuleType, capsys: Any):
    report = benchmark.run(Faked(), ["training", "pipeline"])
    assert report["failed"] == {"training": "ValueError: broken"}
    assert list(report["comparisons"]) == ["pipeline"]
    assert "pipeline_over_training" not in report
    assert "training: failed: ValueError: broken" in capsys.readouterr().out


def test_what_only_a_writing_network_allows_is_left_out_of_others_with_a_line(
    benchmark: ModuleType, capsys: Any
):
    report = benchmark.run(Faked(), ["reading", "pipeline"])
    assert (report["skipped"], list(report["comparisons"])) == (["reading"], ["pipeline"])
    assert "reading: skipped: this network writes no sentence" in capsys.readouterr().out

    class Writing(Faked):
        def measure(self, name: str) -> Any:
            return {"writes_text": True} if name == "prepare" else super().measure(name)

    report = benchmark.run(Writing(), ["reading"])
    assert (report["skipped"], list(report["comparisons"])) == ([], ["reading"])


def test_the_pipeline_is_set_against_the_training(benchmark: ModuleType):
    slow = benchmark.summarise(COMPARISON)
    fast = benchmark.summarise({**COMPARISON, "reference": "B"})
    found = benchmark.compare_pipeline({"training": [slow], "pipeline": [fast]})
    assert found == {"pipeline_over_training": 3.0}


def test_a_process_that_fails_says_its_last_line(benchmark: ModuleType):
    with pytest.raises(RuntimeError, match="^no$"):
        benchmark.Benchmark({}, threads=1).process("-c", "import sys; sys.exit('no')")
    printed = benchmark.Benchmark({}, threads=3).process(
        "-c", "import os; print(os.environ['OMP_NUM_THREADS'])"
    )
    assert printed.strip() == "3"


@pytest.mark.slow
def test_a_quick_run_starts_processes_and_writes_what_it_measured(benchmark: ModuleType, tmp_path: Path):
    output, names = tmp_path / "benchmark.json", ["startup", "memory", "pipeline", "training"]
    words = ["--quick", "--threads", "1", "--output", str(output), "--only", *names]
    benchmark.main([str(SOURCE), *words])
    report = json.loads(output.read_text())
    assert report["failed"] == {}
    assert list(report["comparisons"]) == names
    assert report["machine"]["threads"] == 1
    assert report["pipeline_over_training"] > 0
    (start,) = report["comparisons"]["startup"]
    assert start["variants"]["Python"]["median"] < start["variants"]["first mask"]["median"]
    (memory,) = report["comparisons"]["memory"]
    assert set(memory["notes"]["above_rest"]) == {"one film", "training"}
    assert str(tmp_path) not in json.dumps(report)
