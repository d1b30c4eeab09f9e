"""Phantom data sets of a few cases, and each bundle with weights of toy size."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from monai.utils import set_determinism
from PIL import Image
from tests.bundles.toy_bundles import BUNDLES, build, content, copy_bundle, run, store_weights

from textguide.data import load_datalist, make_datalist
from textguide.phantoms import write_chest_dataset, write_polyp_dataset

every_folder = pytest.fixture(scope="session", params=BUNDLES, ids=lambda path: path.name)


@pytest.fixture(autouse=True)
def _leave_no_seed() -> Iterator[None]:
    """A config's `initialize` seeds the whole process: the next test starts without."""
    logging.getLogger("monai.data.nvimgcodec_pydicom_plugin").setLevel(logging.ERROR)
    yield
    set_determinism(seed=None)


@pytest.fixture(scope="session")
def chest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixteen chest films of 64 x 64; one of the testing section is 70 wide and 50 high."""
    folder = write_chest_dataset(
        tmp_path_factory.mktemp("chest") / "films", training=8, validation=4, testing=4, size=64
    )
    make_datalist("qata", folder)
    odd = load_datalist(folder, "testing")[0]
    for key in ("image", "label"):
        with Image.open(odd[key]) as film:
            film.resize((70, 50), Image.Resampling.NEAREST).save(odd[key])
    return folder


@pytest.fixture(scope="session")
def more_chest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_chest_dataset(
        tmp_path_factory.mktemp("chest") / "more", training=4, validation=1, testing=1, size=64, seed=1
    )
    make_datalist("qata", folder)
    return folder


@pytest.fixture(scope="session")
def polyps(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_polyp_dataset(
        tmp_path_factory.mktemp("polyp") / "frames", training=8, validation=2, testing=1, size=64
    )
    make_datalist("kvasir", folder)
    return folder


@every_folder
def bundle(request: pytest.FixtureRequest) -> Path:
    """The shipped folder of a bundle."""
    return request.param


@pytest.fixture(scope="session")
def toy(bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the bundle whose `models/model.pt` fits its toy network."""
    copy = copy_bundle(bundle, tmp_path_factory.mktemp("toy"))
    store_weights(content(build(copy, "inference"), "network_def"), copy / "models" / "model.pt")
    return copy


@pytest.fixture(scope="session")
def trained(toy: Path, chest: Path) -> Path:
    """The folder of a toy training that was not interrupted."""
    run(toy, "train", dataset_dir=str(chest))
    return toy / "runs"
