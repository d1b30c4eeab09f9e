"""Folder of results: for each case mask, overlay, report and a line, of one run at a time."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textguide.atomic_write import atomic_path
from textguide.folder_lock import LOCK_NAME, locked
from textguide.writers.heatmap import write_heatmap
from textguide.writers.mask import mask_paths, write_mask
from textguide.writers.overlay import write_overlay
from textguide.writers.results import ResultsFile
from textguide.writers.word_importance import SentencePicture, write_word_importance

if TYPE_CHECKING:
    import numpy as np

RESULTS_NAME = "segmentations.jsonl"
_TEXTS = {"report": ".json", "words": "_words.png"}
"""Keys of a line -> how their file is named behind the case."""


def is_output_folder(path: str | os.PathLike[str]) -> bool:
    """Whether a folder holds results of ours: its images are masks and overlays, no films."""
    return any(os.path.isfile(os.path.join(path, name)) for name in (RESULTS_NAME, LOCK_NAME))


class OutputFolder:
    """Where the results of a run go; each file is whole or absent.

    Example:
        >>> with OutputFolder("out") as folder:
        ...     folder.write("film", image, mask, meta, text="lower left lung")

    Args:
        path: is made, and locked, where the block begins.

    Raises:
        ValueError: the path is empty; or, where the block begins, another run writes into the folder.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        if not os.fspath(path):
            raise ValueError("the output folder is an empty path; name a folder, such as 'segmentations'.")
        self.path = Path(path)
        self.results = ResultsFile(self.path / RESULTS_NAME)
        self._open = ExitStack()
        self._outdated: dict[str, set[Path]] = {}

    def __enter__(self) -> OutputFolder:
        self._open.enter_context(locked(self.path))
        self.results = ResultsFile(self.path / RESULTS_NAME)  # as the run before has left it
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def require_room(self, images: Mapping[str, str], reports: bool = False) -> None:
        """Make sure that the results overwrite nothing that is not a result.

        Args:
            images: name of a case -> its image.
            reports: whether a report will lie beside each mask.

        Raises:
            ValueError: a result would lie beside one of the images; or the folder is not ours yet and holds a
                file that a result would overwrite.
        """
        folders = {_real(folder): image for folder, image in _by_folder(images.values()).items()}
        outputs = [path for name in images for path in self._outputs(name, reports)]
        for folder in _by_folder(map(os.fspath, outputs)):
            if image := folders.get(_real(folder)):
                raise ValueError(
                    f"the output folder '{self.path}' would mix results with images, such as '{image}'; "
                    "choose another output folder."
                )
        if is_output_folder(self.path):
            return
        for path in outputs:
            if os.path.lexists(path):
                raise ValueError(
                    f"'{path}' is no result of an earlier run and would be overwritten; "
                    "choose another output folder."
                )

    def write(
        self,
        name: str,
        image: np.ndarray,
        mask: np.ndarray,
        meta: dict[str, Any],
        captions: Sequence[str] = (),
        maps: Mapping[str, np.ndarray] | None = None,
        words: SentencePicture | None = None,
        report: Mapping[str, Any] | None = None,
        **record: Any,
    ) -> dict[str, Any]:
        """Write mask, overlay, maps and report, then the line, so that a line stands for finished files.

        Args:
            name: of the case, from `name_cases`.
            image: (C, W, H[, D]), see `draw_overlay`.
            mask: (W, H[, D]).
            meta: of the image, see `textguide.data.image.read_image`.
            captions: beneath the overlay.
            maps: what the network looked at, by name, of the size of the mask; None: that was not asked.
            words: of the sentence, with their importance; None or no word: no picture.
            report: what the network wrote, for `NAME.json`; None: it writes nothing.
            record: what else the line says.

        Returns:
            The line: `case`, `image`, `mask`, `overlay`, with a report `report`, with maps `explained` (by
            their names), with words `words` (paths below the folder), and the record.
        """
        mask_path = write_mask(self.path, name, mask, meta)
        for other in set(mask_paths(self.path, name)) - {mask_path}:
            other.unlink(missing_ok=True)  # of an image of another kind, which had this name before
        overlay_path = write_overlay(self.path / f"{name}_overlay.png", image, mask, captions)
        explained = {key: self._heatmap(name, key) for key in maps or {}}
        for key, heat in (maps or {}).items():
            limits = (0.0, 1.0) if key == "probability" else None
            write_heatmap(explained[key], image, heat, key, captions, limits)
        files = {"mask": mask_path, "overlay": overlay_path} | self._write_text(name, words, report)
        for old in self._outdated.pop(name, set()) - {*explained.values(), *files.values()}:
            old.unlink(missing_ok=True)  # it shows what another sentence did
        line = {
            "case": name,
            "image": str(meta.get("filename_or_obj", "")),
            **{key: self._below(path) for key, path in files.items()},
            **({} if maps is None else {"explained": {key: self._below(explained[key]) for key in maps}}),
            **record,
        }
        self.results.put(line)
        return line

    def _write_text(
        self, name: str, words: SentencePicture | None, report: Mapping[str, Any] | None
    ) -> dict[str, Path]:
        """Write what there is to say of the sentence: the report, and the picture of its words."""
        files: dict[str, Path] = {}
        if report is not None:
            files["report"] = self._text_file(name, "report")
            with atomic_path(files["report"]) as temporary:
                temporary.write_text(json.dumps(report, indent=2, allow_nan=False) + "\n", encoding="utf-8")
        if words is not None and words.words:
            files["words"] = write_word_importance(self._text_file(name, "words"), words)
        return files

    def finished(self, name: str, explained: bool = False, **expected: Any) -> bool:
        """Whether the case has a line with exactly these values, and its files are there.

        Args:
            name: of the case.
            explained: maps are wanted too.
            expected: what the line must say.
        """
        line = self.results.records.get(name)
        if line is None or any(line.get(key) != value for key, value in expected.items()):
            return False
        if explained and "explained" not in line:
            return False
        texts = [line[key] for key in _TEXTS if key in line]
        files = [line.get("mask"), line.get("overlay"), *texts, *_maps(line).values()]
        return all((self.path / str(file)).is_file() for file in files)

    def forget(self, names: Iterable[str]) -> None:
        """Drop the lines of cases that are done again: no line stands for files that are about to change."""
        names = list(names)
        for name in names:
            line = self.results.records.get(name, {})
            self._outdated[name] = {self._heatmap(name, key) for key in _maps(line)}
            self._outdated[name] |= {self._text_file(name, key) for key in _TEXTS if key in line}
        self.results.drop(names)

    def _heatmap(self, name: str, key: str) -> Path:
        return self.path / f"{name}_explain_{re.sub(r'[^0-9A-Za-z_.-]', '_', key)}.png"

    def _text_file(self, name: str, key: str) -> Path:
        return self.path / f"{name}{_TEXTS[key]}"

    def _below(self, path: Path) -> str:
        return path.relative_to(self.path).as_posix()

    def _outputs(self, name: str, reports: bool) -> list[Path]:
        report = [self._text_file(name, "report")] if reports else []
        return [*mask_paths(self.path, name), self.path / f"{name}_overlay.png", *report]


def _maps(line: dict[str, Any]) -> dict[str, str]:
    maps = line.get("explained")
    return maps if isinstance(maps, dict) else {}


def _by_folder(files: Iterable[str]) -> dict[str, str]:
    """Return one file of each folder."""
    return {os.path.dirname(file) or ".": file for file in files}


def _real(path: str | os.PathLike[str]) -> str:
    try:
        return os.path.realpath(path)
    except ValueError:  # no file has such a name
        return os.fspath(path)
