from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from tests.toy_bundle import WritingToyNetwork, halves, make_toy_bundle, make_writing_bundle
from torch import nn

from textguide import Segmenter
from textguide.inferers import TextSliceInferer
from textguide.segmenter import Case, Segmentation, report_of, understand
from textguide.segmenter.agreement import find_disagreements
from textguide.segmenter.written_report import FoundZones, find_zones, make_report
from textguide.text import write_report

LEFT, RIGHT = (write_report(bits) for bits in ([0, 0, 1, 0, 0, 0], [0, 0, 0, 0, 0, 1]))


def found(*probabilities: float) -> FoundZones:
    bits = tuple(int(value >= 0.5) for value in probabilities)
    return FoundZones(probabilities, bits, write_report(bits))


def test_without_a_sentence_the_network_writes_one_and_it_is_what_is_understood(
    writer: Segmenter, film: np.ndarray
) -> None:
    result = writer(film)
    assert result.report is not None
    assert result.report.sentence == RIGHT
    assert result.report.zones == (0, 0, 0, 0, 0, 1)
    assert result.report.probabilities[5] > 0.9 > 0.1 > max(result.report.probabilities[:5])
    assert (result.text, result.understood.source, result.understood.written) == ("", "written", RIGHT)
    assert result.understood.line.startswith(f'the network wrote: "{RIGHT}"; left = image left')
    assert (result.understood.zones, result.understood.half) == (("lower right",), "right")
    assert halves(result.mask) == (0.0, 1.0)
    assert result.understood.line in result.captions
    assert result.warnings == ()
    json.dumps(result.record())


def test_a_written_sentence_that_is_given_back_gives_the_same_mask_and_an_edited_one_another(
    writer: Segmenter, film: np.ndarray
) -> None:
    for side in ("bundle", "patient"):
        own = writer(film, side=side)
        assert own.report is not None
        again = writer(film, own.report.sentence, side=side)
        assert np.allclose(again.probability, own.probability, atol=1e-6)
        assert again.understood.source == "typed"
        edited = own.report.sentence.replace("right", "up").replace("left", "right").replace("up", "left")
        assert halves(writer(film, edited, side=side).mask) == (1.0, 0.0)


def test_the_patients_side_is_shown_where_it_is_asked_for_and_both_are_echoed(
    writer: Segmenter, film: np.ndarray
) -> None:
    result = writer(film, side="patient")
    assert result.report is not None
    assert result.report.sentence == LEFT
    assert result.report.zones == (0, 0, 1, 0, 0, 0)
    assert result.report.probabilities[2] > 0.9
    assert result.report.by_halves[5] > 0.9
    assert (result.understood.read, result.report.own_sentence) == (RIGHT, RIGHT)
    assert "left = the patient's left = image right" in result.understood.line
    assert halves(result.mask) == (0.0, 1.0)
    record = result.report.record()
    assert (record["side_convention"], record["network_side_convention"]) == ("patient", "image")
    assert record["probabilities"]["lower left"] > 0.9
    assert any("standard display is assumed" in warning for warning in result.warnings)


def test_a_typed_sentence_wins_and_what_the_network_would_write_stands_beside_it(
    writer: Segmenter, film: np.ndarray
) -> None:
    result = writer(film, LEFT)
    assert halves(result.mask) == (1.0, 0.0)
    assert (result.understood.source, result.understood.written) == ("typed", "")
    assert result.report is not None
    assert result.report.sentence == RIGHT
    assert result.own_line == f'the network itself would write: "{RIGHT}"'
    assert result.captions[-2:] == (f'"{LEFT}"', result.own_line)
    assert sum("half" in warning for warning in result.warnings) == 1  # not one more for the zones
    assert not any("it finds" in warning for warning in result.warnings)


def test_a_sentence_that_is_left_out_is_replaced_by_the_networks_own_with_its_warning_kept(
    writer: Segmenter, film: np.ndarray
) -> None:
    text = "Infiltrat im linken Unterlappen"
    result = writer(film, text, side="patient")
    assert (result.text, result.understood.written) == (text, LEFT)
    assert result.understood.line.startswith("the sentence was left out; the network wrote:")
    assert any("left out" in warning for warning in result.warnings)


def test_nothing_found_is_a_sentence_too(writer: Segmenter) -> None:
    result = writer(np.zeros((8, 8)))
    assert result.understood.written == "no infection."
    assert result.understood.zones == ()
    assert result.understood.line == 'the network wrote: "no infection."'


def test_each_slice_of_a_volume_has_its_report_and_the_volumes_is_their_union(
    writer: Segmenter, film: np.ndarray
) -> None:
    volume = np.stack([film, film[::-1], film], axis=-1)[None]
    result = writer(volume)
    assert result.report is not None
    assert [one.sentence for one in result.report.slices] == [RIGHT, LEFT, RIGHT]
    assert result.report.zones == (0, 0, 1, 0, 0, 1)
    assert result.report.sentence == write_report([0, 0, 1, 0, 0, 1])
    assert result.understood.line.startswith("the network wrote of 3 slices, each by itself; in all: ")
    assert halves(result.mask[..., 1]) == (1.0, 0.0)
    record = result.report.record()
    assert "the zones of all of them" in record["union"]
    assert [one["zones"][2] for one in record["slices"]] == [0, 1, 0]
    assert "slices" not in result.record()["written"]


def test_the_network_is_run_once_for_mask_and_report(writer: Segmenter, film: np.ndarray) -> None:
    network = writer.bundle.network
    assert isinstance(network, WritingToyNetwork)
    before = network.calls
    list(writer.segment_many([Case(film), Case(film[::-1].copy())]))
    assert network.calls == before + 1


def test_every_batch_gives_each_case_its_own_report(writer: Segmenter, film: np.ndarray) -> None:
    cases = [Case(film), Case(film[::-1].copy(), "", "patient"), Case(film, LEFT), Case(film[::-1].copy())]
    sentences = [RIGHT, RIGHT, RIGHT, LEFT]
    for batch_size in (1, 3, 8):
        results = [one for one in writer.segment_many(cases, batch_size) if isinstance(one, Segmentation)]
        assert [one.report.sentence for one in results if one.report] == sentences


def test_a_network_that_is_told_not_to_write_and_one_that_writes_nothing_have_no_report(
    segmenter: Segmenter, film: np.ndarray, tmp_path: Path
) -> None:
    silent = Segmenter(make_writing_bundle(tmp_path / "silent"), "cpu")
    silent.bundle.network.self_guided = False
    claimed = Segmenter(make_toy_bundle(tmp_path / "claimed", {"writes_text": True}), "cpu")
    for one in (segmenter, silent, claimed):
        result = one(film)
        assert not one.writes_text
        assert result.report is None
        assert report_of(result) is None
        assert result.understood.line.startswith("no sentence")
        assert "written" not in result.record()
        assert "source" not in result.record()["understood"]


def test_an_inferer_that_cuts_the_image_leaves_no_report(film: np.ndarray, tmp_path: Path) -> None:
    cut = Segmenter(make_writing_bundle(tmp_path / "cut"), "cpu")
    object.__setattr__(cut.bundle, "inferer", TextSliceInferer())
    assert cut(film).report is None
    assert cut(film).mask.any()


def test_a_bundle_without_sides_writes_without_sides(film: np.ndarray, tmp_path: Path) -> None:
    result = Segmenter(make_writing_bundle(tmp_path / "toy", side_convention=None), "cpu")(film)
    assert result.report is not None
    assert (result.report.convention, result.report.sentence) == (None, RIGHT)
    assert result.understood.line == f'the network wrote: "{RIGHT}"'


def test_a_network_may_write_nothing_where_it_finds_nothing() -> None:
    network = nn.Module()
    network.written_zones = lambda zone_logits: (zone_logits >= 0).long()
    network.report_writer = SimpleNamespace(on_empty="no_text")
    nothing, something = find_zones(network, torch.tensor([[-1.0] * 6, [-1.0] * 5 + [2.0]]))
    assert (nothing.sentence, something.sentence) == ("", RIGHT)
    assert make_report([nothing], "patient", "image").sentence == ""
    assert make_report([nothing, something], "image", "image", is_volume=True).sentence == RIGHT


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_zones_that_are_not_finite_are_no_report(value: float) -> None:
    with pytest.raises(ValueError, match="not finite.*weights are broken"):
        find_zones(nn.Module(), torch.tensor([[0.0, value, 0.0, 0.0, 0.0, 0.0]]))


@pytest.mark.parametrize(
    ("text", "probabilities", "words"),
    [
        (LEFT, (0.0, 0.0, 0.05, 0.0, 0.0, 0.97), "it finds lower right (97%)"),
        (LEFT, (0.0, 0.0, 0.2, 0.0, 0.0, 0.97), None),
        (LEFT, (0.0, 0.0, 0.05, 0.0, 0.0, 0.85), None),
        (LEFT, (0.0, 0.97, 0.05, 0.0, 0.0, 0.0), "it finds middle left (97%)"),
        ("left lung infection", (0.0, 0.97, 0.05, 0.0, 0.0, 0.95), None),
        ("an odd shadow on the left", (0.0, 0.0, 0.0, 0.95, 0.0, 0.0), "it finds upper right (95%)"),
        ("no infection", (0.0, 0.0, 0.0, 0.0, 0.0, 0.95), "says that no zone is affected"),
        ("an odd shadow", (0.0, 0.0, 0.0, 0.0, 0.0, 0.99), None),
        (write_report([1] * 6), (0.0, 0.0, 0.0, 0.0, 0.0, 0.99), None),
    ],
)
def test_only_a_sure_network_that_finds_nothing_of_what_is_named_contradicts_the_sentence(
    text: str, probabilities: tuple[float, ...], words: str | None
) -> None:
    empty = np.zeros((10, 10), np.uint8)
    lines = find_disagreements(
        empty, understand(text), report=make_report([found(*probabilities)], "image", "image")
    )
    assert (len(lines) == 1 and words in lines[0]) if words else not lines
    assert not find_disagreements(empty, understand(text))


def test_a_contradiction_names_the_zones_by_the_side_of_the_case_and_stays_alone() -> None:
    report = make_report([found(0.0, 0.0, 0.0, 0.0, 0.0, 0.97)], "patient", "image")
    mask = np.zeros((10, 10), np.uint8)
    (line,) = find_disagreements(mask, understand(RIGHT, side="patient"), report=report)
    assert "it finds lower left (97%)" in line
    mask[6:] = 1
    (line,) = find_disagreements(mask, understand(RIGHT, side="patient"), report=report)
    assert "the mask lies in the other half" in line
