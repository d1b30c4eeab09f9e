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
    assert np.array_equal(
        maps["probability"][..., 1], segmenter.explain(film[::-1].copy()).maps["probability"]
    )


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


def test_words_are_weighed_and_queries_lie_in_the_picture(writer: Segmenter, film: np.ndarray) -> None:
    shown = writer.explain(film)
    assert set(shown.maps) == {"probability", "detector"}
    written = "unilateral pulmonary infection, one infected area, lower right lung."
    assert " ".join(word.word for word in shown.words) == written
    assert {word.word for word in shown.words if word.is_place} == {"lower", "right"}
    tokens = {word.word: word.importance for word in shown.words}
    assert tokens["infection,"] == pytest.approx(2 * tokens["pulmonary"])  # the comma is a token of its own
    assert sum(tokens.values()) == pytest.approx(1 - 2 * tokens["pulmonary"])  # the two signs around it
    heaviest, second = shown.queries
    assert shown.query_count == 3
    assert heaviest.weight == pytest.approx(0.7)
    assert heaviest.pixel_centre == pytest.approx((20, 15))
    assert heaviest.pixel_size == pytest.approx((40, 30))
    assert second.centre == pytest.approx((0.25, 0.75))
    assert second.pixel_centre == pytest.approx((10, 22.5))
    assert second.pixel_size == pytest.approx((20, 7.5))
    assert shown.slice_index is None


def test_a_given_sentence_is_weighed_in_its_own_words_whatever_its_side_and_length(
    writer: Segmenter, film: np.ndarray
) -> None:
    for side in ("image", "patient"):
        words = writer.explain(film, "Zyzzyx  shadow,\nLeft base", side=side).words
        assert [word.word for word in words] == ["Zyzzyx", "shadow,", "Left", "base"]
        assert [word.is_place for word in words] == [False, False, True, True]
        assert words[0].importance > words[2].importance  # of many pieces
    long = writer.explain(film, "left \udcff" + "lower " * 2000).words
    assert len(long) <= 32
    assert writer.explain(film, side="patient").words[-2].word == "left"


def test_of_a_volume_the_slice_of_the_overlay_is_told_of(writer: Segmenter, film: np.ndarray) -> None:
    shown = writer.explain(np.stack([film, film * 0], axis=-1)[None])
    assert shown.slice_index == 1  # an even picture, half in doubt: the larger mask
    assert [word.word for word in shown.words] == ["no", "infection."]
    assert shown.record()["slice"] == 2
    assert shown.maps["probability"].shape == (40, 30, 2)


def test_what_shows_maps_alone_tells_of_no_words(showing: Path, film: np.ndarray) -> None:
    shown = Segmenter(showing, device="cpu").explain(film, LEFT)
    assert (shown.words, shown.queries, shown.query_count, shown.record()) == ((), (), 0, {})
