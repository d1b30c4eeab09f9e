from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from tests.toy_bundle import ToyNetwork, make_toy_bundle

from textguide import Segmenter

LEFT = "one infected area, lower left lung."


class ShowingNetwork(ToyNetwork):
    """Shows its probability, and beside it what is no map of the picture."""

    def explain(
        self,
        image: torch.Tensor,
        input_ids: torch.Tensor | None = None,
        attention_mask: torch.Tensor | None = None,
    ) -> dict[str, object]:
        probability = self(image, input_ids, attention_mask).sigmoid()
        return {
            "probability": probability,
            "doubled": 2 * probability,
            "sentence": "left",
            "small": image[..., :3],
        }


@pytest.fixture(scope="module")
def showing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = {"_target_": f"{__name__}.ShowingNetwork", "vocabulary_size": "$len(@tokenizer)"}
    return make_toy_bundle(tmp_path_factory.mktemp("bundles") / "showing", network_def=target)


def test_maps_lie_on_the_image_in_its_size_and_follow_the_sentence(showing: Path, film: np.ndarray) -> None:
    segmenter = Segmenter(showing, device="cpu")
    maps = segmenter.explain(film, LEFT)
    assert list(maps) == ["probability", "doubled"]
    assert maps["probability"].shape == film.shape
    assert np.array_equal(maps["probability"] >= 0.5, segmenter(film, LEFT).mask)
    assert np.allclose(maps["doubled"], 2 * maps["probability"])
    mirrored = segmenter.explain(film, LEFT, side="patient")["probability"]
    assert mirrored[:20].mean() < 0.5 < maps["probability"][:20].mean()


def test_a_volume_is_shown_slice_by_slice(showing: Path, film: np.ndarray) -> None:
    segmenter = Segmenter(showing, device="cpu")
    volume = np.stack([film, film[::-1]], axis=-1)[None]
    maps = segmenter.explain(volume)
    assert maps["probability"].shape == (40, 30, 2)
    assert np.array_equal(maps["probability"][..., 1], segmenter.explain(film[::-1].copy())["probability"])


def test_a_network_that_shows_nothing_says_so(segmenter: Segmenter, film: np.ndarray, showing: Path) -> None:
    assert not segmenter.explains
    with pytest.raises(ValueError, match="'toy_segmentation' has nothing to show"):
        segmenter.explain(film)
    assert Segmenter(showing, device="cpu").explains
