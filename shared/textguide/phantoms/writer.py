"""What the writers of synthetic data sets share: a fresh folder, drawing in parallel, seeds of the splits."""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from tqdm import tqdm

from textguide.data.schema import SECTIONS

Item = TypeVar("Item")
Result = TypeVar("Result")


@contextmanager
def fresh_folder(root: str | os.PathLike[str]) -> Iterator[Path]:
    """Give a folder to write into that becomes ``root`` only when everything is written.

    Raises:
        ValueError: ``root`` is a file, or a folder that holds something.
    """
    target = Path(os.path.abspath(root))
    if target.is_file() or (target.is_dir() and any(target.iterdir())):
        raise ValueError(f"'{target}' is not empty; give a new or an empty folder, nothing is overwritten.")
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.partial-{os.getpid()}")
    partial.mkdir()
    try:
        yield partial
        if target.is_dir():  # it may be somebody's working directory: fill it, do not replace it
            for child in sorted(partial.iterdir()):
                child.rename(target / child.name)
        else:
            partial.rename(target)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def draw_all(
    draw: Callable[[Item], Result], items: Sequence[Item], workers: int, description: str
) -> list[Result]:
    """Call ``draw`` on every item, in order, with a progress bar on a terminal.

    Args:
        draw: a function of a module (it must travel to other processes) that depends on its item only.
        items: what to draw.
        workers: processes; 1 stays in this one.
        description: name of the progress bar.
    """
    if workers < 1:
        raise ValueError(f"workers is {workers}; give 1 or more.")
    bar = {"total": len(items), "desc": description, "unit": "image", "disable": None}
    if workers == 1:
        return list(tqdm(map(draw, items), **bar))
    # "spawn": a forked process would inherit the locks of threads that do not run in it
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        return list(tqdm(pool.map(draw, items, chunksize=8), **bar))


def split_seed(seed: int, split: str) -> int:
    """Seed of one split; no two splits share a phantom, whatever their seeds."""
    return len(SECTIONS) * seed + SECTIONS.index(split)


def check_counts(**counts: int) -> None:
    """Raise ValueError when a number of images is negative, or all are zero."""
    for name, count in counts.items():
        if count < 0:
            raise ValueError(f"{name} is {count}; give 0 or more images.")
    if not any(counts.values()):
        raise ValueError(f"{', '.join(counts)} are all 0; ask for at least one image.")


def write_json(path: Path, content: dict[str, Any] | list[Any]) -> None:
    """Write JSON with one item of a list a line, so that a person can read it and compare it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, dict):
        fields = [f"{json.dumps(key)}: {_lines(value)}" for key, value in content.items()]
        text = "{\n" + ",\n".join(fields) + "\n}\n"
    else:
        text = _lines(content) + "\n"
    path.write_text(text, encoding="utf-8")


def _lines(value: Any) -> str:
    if isinstance(value, list):
        return "[\n" + ",\n".join(json.dumps(item) for item in value) + "\n]"
    return json.dumps(value)
