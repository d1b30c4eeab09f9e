"""Run the rows of a bundle's ablations, each with every seed, and tabulate them.

python scripts/ablate.py BUNDLE --dataset_dir DIR [--tables "Table 2" ...] [--seeds 0 1 2] [--output DIR]
    [--publish] [-- --epochs 10 --spatial_size "[112,112]"]

A row of `BUNDLE/configs/ablations.json` is a training by `train.json`, the overlays named there, its own
overrides and what stands behind `--`, followed by an evaluation of its best weights on the validation section
with the right sentences, or under the one text condition that the row names as `conditions`. Rows that are
equal, or differ in that condition alone, share one training. Every run is a process of its own: one that
fails is reported and the others go on. Started again, the script skips what is finished and goes on with what
was broken off; the folder of a run is named after its configuration, seed and split, so that nothing is mixed
up (after a change of the code, give another OUTPUT).

Written: `OUTPUT/results.json` and `OUTPUT/results.md`; with `--publish`, where nothing failed, also the entry
`ablations` of `BUNDLE/docs/results.json`, out of which the card's tables are rendered.
"""

from __future__ import annotations

import argparse
import json
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from tqdm import tqdm

from ablation_rows import (
    CONDITIONS,
    Overrides,
    Places,
    Run,
    Study,
    check_overrides,
    choose_tables,
    distinct_rows,
    plan,
    read_overrides,
    read_study,
)
from model_card import ablation_tables, update
from publish_weights import ABSOLUTE_FOLDER, describe_run
from textguide.atomic_write import atomic_path
from textguide.handlers.progress import duration
from textguide.segmenter import verbatim

POLL_SECONDS = 0.5
PROTOCOLS = ("global", "per_image")
ERROR = re.compile(r"^[\w.]*(?:Error|Exception|Interrupt)\b.*", re.MULTILINE)


def carry_out(study: Study, run: Run, watch: Callable[[], None]) -> None:
    """Train, from where it was broken off, evaluate the best weights, and write the result."""
    own = run.overrides | {"seed": run.seed}
    places = {"bundle_root": study.bundle, "dataset_dir": study.dataset_dir, "output_dir": run.folder}
    there = {key: verbatim(path) for key, path in places.items()}
    training = study.configuration(own, there | {"resume": True})
    run_bundle(study.bundle, write_json(run.folder / "train.json", training), watch)
    conditions = list(dict.fromkeys(run.rows.values()))
    best = {"ckpt_path": verbatim(run.folder / "model.pt"), "section": "validation", CONDITIONS: conditions}
    scoring = study.configuration(own, study.evaluation, there | best)
    run_bundle(study.bundle, write_json(run.folder / "evaluate.json", scoring), watch)
    evaluation = json.loads((run.folder / "evaluation.json").read_text(encoding="utf-8"))
    trained = describe_run(run.folder)
    result = {name: trained[name] for name in ("images", "epochs", "minutes", "device", "versions")}
    result |= {name: evaluation[name] for name in ("section", "dataset", "n", "groups", "split_sha256")}
    result[CONDITIONS] = {
        condition: {protocol: evaluation[CONDITIONS][condition][protocol] for protocol in PROTOCOLS}
        for condition in conditions
    }
    write_json(run.folder / "result.json", {"fingerprint": run.fingerprint, "seed": run.seed, **result})


def run_bundle(bundle: Path, config: Path, watch: Callable[[], None]) -> None:
    """Run a configuration by MONAI's runner in a fresh process, with a log beside the configuration.

    Raises:
        RuntimeError: it failed; the message is the first error in the log, which caused all others.
    """
    log = config.with_suffix(".log")
    files = {
        "config": config,
        "meta": bundle / "configs/metadata.json",
        "logging": bundle / "configs/logging.conf",
    }
    options = [word for name, path in files.items() for word in (f"--{name}_file", str(path))]
    command = [sys.executable, "-m", "monai.bundle", "run", *options]
    with log.open("w", encoding="utf-8") as file:
        process = subprocess.Popen(command, stdout=file, stderr=subprocess.STDOUT)
        try:
            while process.poll() is None:
                watch()
                time.sleep(POLL_SECONDS)
        finally:  # also where this script is stopped: two trainings must not share a folder
            process.terminate()
            process.wait()
    if process.returncode:
        error = ERROR.search(log.read_text(encoding="utf-8", errors="replace"))
        what = error.group() if error else f"exit status {process.returncode}"
        raise RuntimeError(f"{what} (see {log})")


def carry_out_all(study: Study, runs: Sequence[Run], epochs: int) -> list[str]:
    """Carry out what is not finished, say how each went and how long the rest takes; return what failed."""
    waiting = [run for run in runs if run.result() is None]
    print(f"{len(runs)} runs of up to {epochs} epochs; {len(runs) - len(waiting)} are finished")
    failed: list[str] = []
    started = time.perf_counter()
    with tqdm(total=epochs * len(waiting), unit="epoch", disable=None, leave=False) as bar:
        for number, run in enumerate(waiting, start=1):
            before = epochs * (number - 1)
            bar.set_description(run.name)
            try:
                carry_out(study, run, partial(follow, bar, before, run))
                outcome = describe_result(run.result())
            except Exception as error:
                failed.append(run.name)
                outcome = f"failed: {' '.join(str(error).split())}"
            bar.update(before + epochs - bar.n)
            left = (time.perf_counter() - started) / number * (len(waiting) - number)
            tqdm.write(f"[{number}/{len(waiting)}] {run.name}: {outcome}; {duration(left)} left")
    return failed


def follow(bar: tqdm, before: int, run: Run) -> None:
    """Move the bar to the epoch that a run has reached; `before` counts those of the runs before it."""
    bar.update(before + run.epochs() - bar.n)


def describe_result(result: dict[str, Any] | None) -> str:
    """Say a result in one line."""
    assert result is not None, "its file has just been written"
    lines = [
        "{} text: Dice {:.4f} global, {:.4f} per image".format(
            condition, *(scores[protocol]["dice"]["value"] for protocol in PROTOCOLS)
        )
        for condition, scores in result[CONDITIONS].items()
    ]
    return f"{'; '.join(lines)}; {result['minutes']:.1f} min"


def collect(study: Study, rows: Sequence[Overrides], places: Places, runs: Sequence[Run]) -> dict[str, Any]:
    """Gather what is finished; equal rows stand there once, and the tables name them by their number.

    Raises:
        ValueError: nothing is finished.
    """
    finished = [(run, result) for run in runs if (result := run.result())]
    if not finished:
        raise ValueError("no run has a result; their logs say why")
    shared = ("section", "dataset", "n", "groups", "split_sha256", "device", "versions")
    own = ("seed", "images", "epochs", "minutes")
    gathered: list[dict[str, Any]] = [{"overrides": overrides, "runs": []} for overrides in rows]
    for run, result in finished:
        for row, condition in run.rows.items():
            scores = result[CONDITIONS][condition]
            gathered[row]["runs"].append({name: result[name] for name in own} | scores)
    config = study.configuration(study.given)
    return {
        "bundle": study.bundle.name,
        **{name: finished[0][1][name] for name in shared},
        "spatial_size": config["spatial_size"],
        "epochs": config["epochs"],
        "seeds": list(dict.fromkeys(run.seed for run in runs)),
        "overrides": study.given,
        "tables": places,
        "rows": gathered,
    }


def publish(bundle: Path, ablations: dict[str, Any]) -> None:
    """Put the ablations into the bundle's results and render its card."""
    path = bundle / "docs" / "results.json"
    write_json(path, json.loads(path.read_text(encoding="utf-8")) | {"ablations": ablations})
    update(bundle)


def write_json(path: Path, content: dict[str, Any]) -> Path:
    """Write a file as a whole or not at all."""
    with atomic_path(path) as temporary:
        temporary.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    return path


def read_arguments(arguments: Sequence[str]) -> argparse.Namespace:
    """Read the command line; the overrides are what stands behind `--`."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("bundle", type=Path)
    parser.add_argument("--dataset_dir", type=Path, required=True)
    parser.add_argument("--tables", nargs="+", default=[])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--output", type=Path, default=Path("runs/ablations"))
    parser.add_argument("--publish", action="store_true")
    words = list(arguments)
    end = words.index("--") if "--" in words else len(words)
    given = parser.parse_args(words[:end])
    given.overrides = words[end + 1 :]
    return given


def main(arguments: Sequence[str]) -> list[str]:
    """Do what the command line says; return the runs that failed.

    Raises:
        FileNotFoundError: there is no such bundle or datalist, or nothing yet to publish beside.
        ValueError: a table or an override that cannot be.
    """
    given = read_arguments(arguments)
    bundle, dataset_dir = given.bundle.resolve(), given.dataset_dir.resolve()
    if given.publish and not (bundle / "docs" / "results.json").is_file():
        raise FileNotFoundError(f"{given.bundle}/docs/results.json is missing; publish the weights first")
    study, tables = read_study(bundle, dataset_dir, read_overrides(given.overrides))
    rows, places = distinct_rows(choose_tables(tables, given.tables))
    check_overrides(study, rows)
    runs = plan(study, rows, places, given.seeds, given.output.resolve())
    failed = carry_out_all(study, runs, int(study.configuration(study.given)["epochs"]))
    command = shlex.join(["python", "scripts/ablate.py", *arguments])
    results = collect(study, rows, places, runs)
    results |= {"command": ABSOLUTE_FOLDER.sub("", command), "failed": failed}
    write_json(given.output / "results.json", results)
    text = ablation_tables(results)
    (given.output / "results.md").write_text(text + "\n", encoding="utf-8")
    print(text)
    if given.publish and not failed:
        publish(bundle, results)
    return failed


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped; the same command goes on"))
    try:
        failures = main(sys.argv[1:])
    except (FileNotFoundError, ValueError) as error:
        sys.exit(f"error: {error}")
    except KeyboardInterrupt:
        sys.exit("stopped; the same command goes on")
    sys.exit(f"failed: {'; '.join(failures)}" if failures else 0)
