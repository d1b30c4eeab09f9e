"""A toy bundle in a folder whose name is full of signs, and a film whose right side is bright."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.toy_bundle import make_toy_bundle, make_writing_bundle

from textguide import Segmenter


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_toy_bundle(tmp_path_factory.mktemp("bundles #1 $x @y") / "toy_segmentation")


@pytest.fixture(scope="module")
def segmenter(bundle: Path) -> Segmenter:
    return Segmenter(bundle, device="cpu")


@pytest.fixture(scope="module")
def writer(tmp_path_factory: pytest.TempPathFactory) -> Segmenter:
    """A network that writes which lower zones are bright."""
    return Segmenter(make_writing_bundle(tmp_path_factory.mktemp("bundles") / "writer_segmentation"), "cpu")


@pytest.fixture
def film() -> np.ndarray:
    """40 columns, 30 rows; the last 15 columns are bright."""
    film = np.zeros((40, 30), np.float32)
    film[25:] = 255
    return film
