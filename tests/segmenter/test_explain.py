from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from tests.toy_bundle import ToyNetwork, make_toy_bundle

from textguide import Segmenter
from textguide.segmenter import FileCase, segment_files
from textguide.writers import ResultsFile

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
    maps = segmenter.explain(film, LEFT).maps
    assert list(maps) == ["probability", "doubled"]
    assert maps["probability"].shape == film.shape
    assert np.array_equal(maps["probability"] >= 0.5, segmenter(film, LEFT).mask)
    assert np.allclose(maps["doubled"], 2 * maps["probability"])
    mirrored = segmenter.explain(film, LEFT, side="patient").maps["probability"]
    assert mirrored[:20].mean() < 0.5 < maps["probability"][:20].mean()


def test_a_volume_is_shown_slice_by_slice(showing: Path, film: np.ndarray) -> None:
    segmenter = Segmenter(showing, device="cpu")
    volume = np.stack([film, film[::-1]], axis=-1)[None]
    maps = segmenter.explain(volume).maps
    assert maps["probability"].shape == (40, 30, 2)
    assert np.array_equal(maps["probability"][..., 1], segmenter.explain(film[::-1].copy()).maps["probability"])


def test_a_network_that_shows_nothing_says_so(segmenter: Segmenter, film: np.ndarray, showing: Path) -> None:
    assert not segmenter.explains
    with pytest.raises(ValueError, match="'toy_segmentation' has nothing to show"):
        segmenter.explain(film)
    assert Segmenter(showing, device="cpu").explains


def test_maps_are_written_beside_the_overlay_and_go_with_their_sentence(
    showing: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    segmenter = Segmenter(showing, device="cpu")
    Image.fromarray(np.arange(1200, dtype=np.uint8).reshape(30, 40)).save(tmp_path / "film.png")

    def run(text: str, explain: bool) -> set[str]:
        case = FileCase(image=str(tmp_path / "film.png"), name="film", text=text)
        assert segment_files(segmenter, [case], tmp_path / "out", explain=explain) == 0
        return {path.name for path in (tmp_path / "out").glob("*_explain_*")}

    pictures = {"film_explain_probability.png", "film_explain_doubled.png"}
    assert run("left", explain=False) == set()
    assert run("left", explain=True) == pictures
    line = ResultsFile(tmp_path / "out" / "segmentations.jsonl").records["film"]
    assert set(line["explained"].values()) == pictures
    capsys.readouterr()
    assert run("left", explain=True) == run("left", explain=False) == pictures
    assert capsys.readouterr().out.count("finished already") == 2
    (tmp_path / "out" / "film_explain_doubled.png").unlink()
    assert run("left", explain=True) == pictures
    assert run("right", explain=False) == set()  # none of another sentence is left
    assert "explained" not in ResultsFile(tmp_path / "out" / "segmentations.jsonl").records["film"]


def test_what_shows_nothing_is_not_asked_to(segmenter: Segmenter, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="cannot show what it looked at"):
        segment_files(segmenter, [], tmp_path / "out", explain=True)
    assert not (tmp_path / "out").exists()
