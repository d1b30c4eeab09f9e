"""Measure how fast a bundle is: start-up, latency, memory, training, inference, text encoding, data pipeline.

Of a network that writes its own sentence also: reading it out of the table or by the text encoder, the share
of the detector, TorchScript with and without the text encoder, and the two heads that find zones.

python scripts/benchmark.py [BUNDLE] [--only NAME ...] [--threads N] [--repeats N] [--device cuda] [--quick]
    [--output runs/benchmark.json]

All of it is measured on the spot, so that numbers that are compared come from one machine in one state. Each
measurement has a process of its own; what it compares is measured in turn (A B A B), and the medians are
reported with the lowest and the highest value and with their ratio to a reference, which is what ships where
there is a choice. The load of the machine before each measurement is noted: on a busy machine compare ratios
only. `--quick` takes toy sizes, to see that all works; its numbers mean nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from textguide.atomic_write import atomic_path

Comparison = dict[str, Any]

MEASUREMENTS = Path(__file__).with_name("measurements.py")
BUNDLE = Path(__file__).parents[1] / "bundles" / "tmca_segmentation"
STARTS = {
    "Python": "pass",
    "import monai": "import monai",
    "import monai, and textguide's Segmenter": "import monai; from textguide import Segmenter",
    "first mask": "import sys; from textguide import Segmenter; Segmenter(sys.argv[1])(sys.argv[2], '')",
}
MEMORY = {"one film": "memory_of_a_film", "training": "memory_of_training"}
PERCENTILES = (50, 90, 99)
OF_WRITING = ("reading", "detector", "torchscript", "head")
"""Measurements that only a network that writes its own sentence allows."""


@dataclass(frozen=True)
class Benchmark:
    """How the measurements are started.

    Attributes:
        options: what measurements.py takes.
        threads: of each process; None leaves it to PyTorch.
    """

    options: dict[str, Any]
    threads: int | None

    def process(self, *words: str) -> str:
        """Run Python in a fresh process and return what it printed.

        Raises:
            RuntimeError: it failed; the message is the last line of its errors.
        """
        environment = os.environ | {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"}
        environment |= {"PYTHONWARNINGS": "ignore"}
        if self.threads is not None:
            environment |= dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS"), str(self.threads))
        done = subprocess.run([sys.executable, *words], env=environment, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError((done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[-1])
        return done.stdout

    def measure(self, name: str) -> Any:
        """Run one of measurements.py."""
        printed = self.process(str(MEASUREMENTS), name, json.dumps(self.options))
        return json.loads(printed.splitlines()[-1])

    def processes_in_turn(self, variants: dict[str, Callable[[], float]]) -> dict[str, list[float]]:
        """Measure processes A B A B; a first round fills the machine's cache of files and is dropped."""
        values: dict[str, list[float]] = {name: [] for name in variants}
        dropped = 0 if self.options["quick"] else 1
        for _ in range(self.options["repeats"] + dropped):
            for name, measure in variants.items():
                values[name].append(measure())
        return {name: found[dropped:] for name, found in values.items()}


def startup(benchmark: Benchmark) -> list[Comparison]:
    """Seconds from the start of Python to an import, and to the first mask."""
    folder = Path(benchmark.options["folder"])
    film = str(next((folder / "data").rglob("Test Set/Images/*.png")))

    def start(code: str) -> Callable[[], float]:
        def measure() -> float:
            started = time.perf_counter()
            benchmark.process("-c", code, str(folder / "bundle"), film)
            return time.perf_counter() - started

        return measure

    values = benchmark.processes_in_turn({name: start(code) for name, code in STARTS.items()})
    _, monai, textguide, _ = values.values()
    added = median(after - before for after, before in zip(textguide, monai, strict=True))
    notes = {"textguide_adds_seconds": added}
    return [{"title": "start-up", "unit": "s", "reference": "import monai", "values": values, "notes": notes}]


def memory(benchmark: Benchmark) -> list[Comparison]:
    """Highest resident memory, and how much of it lies above what the imports take."""
    found: dict[str, list[dict[str, float]]] = {name: [] for name in MEMORY}

    def peak(name: str) -> Callable[[], float]:
        def measure() -> float:
            found[name].append(benchmark.measure(MEMORY[name]))
            return found[name][-1]["peak"]

        return measure

    values = benchmark.processes_in_turn({name: peak(name) for name in MEMORY})
    above = {n: median(one["peak"] - one["rest"] for one in all_) for n, all_ in found.items()}
    device = {n: max(one.get("device_peak", 0.0) for one in all_) for n, all_ in found.items()}
    notes = {"above_rest": above} | ({"device_peak": device} if any(device.values()) else {})
    return [
        {"title": "peak memory", "unit": "MiB", "reference": "one film", "values": values, "notes": notes}
    ]


def measurement(name: str) -> Callable[[Benchmark], list[Comparison]]:
    """Return what runs a measurement that has one process for itself."""
    return lambda benchmark: benchmark.measure(name)


NAMES: dict[str, Callable[[Benchmark], list[Comparison]]] = {
    "startup": startup,
    "memory": memory,
    **{n: measurement(n) for n in ("latency", "pipeline", "training", "inference", "text", "paper")},
    **{n: measurement(n) for n in OF_WRITING},
}


def summarise(comparison: Comparison) -> Comparison:
    """Add to each variant its median, lowest and highest value, percentiles, and ratio to the reference.

    The ratio is the median over the rounds, so that what slows the machine down for a while cancels out.
    """
    base_values = comparison["values"][comparison["reference"]]
    variants = {}
    for name, values in comparison["values"].items():
        ratios = [value / base for value, base in zip(values, base_values, strict=True)]
        cuts = quantiles(values * 2 if len(values) == 1 else values, n=100, method="inclusive")
        variants[name] = {
            "median": median(values),
            "low": min(values),
            "high": max(values),
            "percentiles": {str(percent): cuts[percent - 1] for percent in PERCENTILES},
            "ratio": median(ratios),
            "rounds": len(values),
        }
    return {**comparison, "variants": variants}


def table(comparison: Comparison) -> str:
    """Lay out one comparison for a terminal."""
    width = max(map(len, comparison["variants"]))
    lines = [
        f"{comparison['title']}, {comparison['unit']}",
        f"  {'':{width}}  {'median':>9} {'low':>9} {'high':>9} {'90 %':>9} {'99 %':>9} {'ratio':>6}",
    ]
    for name, found in comparison["variants"].items():
        numbers = [found["median"], found["low"], found["high"], *map(found["percentiles"].get, ("90", "99"))]
        mark = "  <- reference" if name == comparison["reference"] else ""
        row = " ".join(f"{number:9.2f}" for number in numbers)
        lines.append(f"  {name:{width}}  {row} {found['ratio']:6.2f}{mark}")
    lines += [f"  {name}: {shown(value)}" for name, value in comparison["notes"].items()]
    return "\n".join(lines)


def shown(value: Any) -> str:
    """Write a note."""
    if isinstance(value, dict):
        return ", ".join(f"{name} {shown(number)}" for name, number in value.items())
    return f"{value:.3g}" if isinstance(value, float) and abs(value) < 100 else f"{value:,.0f}"


def compare_pipeline(comparisons: dict[str, list[Comparison]]) -> dict[str, float]:
    """Return how many times faster the data pipeline is than the training that it feeds."""
    if not {"pipeline", "training"} <= comparisons.keys():
        return {}
    speed = {
        name: comparison["variants"][comparison["reference"]]["median"]
        for name in ("pipeline", "training")
        for comparison in comparisons[name]
    }
    return {"pipeline_over_training": speed["pipeline"] / speed["training"]}


def run(benchmark: Benchmark, names: Sequence[str]) -> dict[str, Any]:
    """Measure what is named and print it as it comes; what fails is reported and the rest goes on."""
    report: dict[str, Any] = {
        "bundle": benchmark.measure("prepare"),
        "machine": benchmark.measure("machine"),
    }
    report["options"] = {k: v for k, v in benchmark.options.items() if k not in ("source", "folder")}
    report |= {"load": {}, "comparisons": {}, "failed": {}, "skipped": []}
    for name in names:
        if name in OF_WRITING and not report["bundle"].get("writes_text"):
            report["skipped"].append(name)
            print(f"{name}: skipped: this network writes no sentence\n")
            continue
        report["load"][name] = os.getloadavg()[0]
        try:
            report["comparisons"][name] = [summarise(found) for found in NAMES[name](benchmark)]
        except RuntimeError as error:
            report["failed"][name] = str(error)
            print(f"{name}: failed: {error}\n")
            continue
        print(*map(table, report["comparisons"][name]), sep="\n\n", end="\n\n", flush=True)
    return report | compare_pipeline(report["comparisons"])


def main(arguments: Sequence[str]) -> dict[str, Any]:
    """Measure as the command line says, write the report and return it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("bundle", type=Path, nargs="?", default=BUNDLE)
    parser.add_argument("--only", nargs="+", choices=list(NAMES), default=list(NAMES))
    parser.add_argument("--threads", type=int)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--output", type=Path, default=Path("runs/benchmark.json"))
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        options = {"source": str(given.bundle.resolve()), "folder": folder, "device": given.device}
        options |= {"repeats": 1 if given.quick else given.repeats, "quick": given.quick}
        report = run(Benchmark(options, given.threads), given.only)
    with atomic_path(given.output) as temporary:
        temporary.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    print(f"written: {given.output}")
    return report


if __name__ == "__main__":
    failures = main(sys.argv[1:])["failed"]
    sys.exit(f"failed: {', '.join(failures)}" if failures else 0)
