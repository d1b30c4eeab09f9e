from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from tests.networks.toys import DETECTOR_ENCODER, OWN_BACKBONE
from transformers import RTDetrConfig, RTDetrForObjectDetection

from textguide.networks.encoders.detector import DetectorEncoder

OWN = DETECTOR_ENCODER | OWN_BACKBONE


@torch.no_grad()
def spread(model: torch.nn.Module) -> None:
    """Draw weights under which an image comes through: the first ones are so small that nothing would."""
    for weight in model.parameters():
        weight.normal_(std=weight[0].numel() ** -0.5 if weight.dim() > 1 else 0.5)


@pytest.fixture
def checkpoint(tmp_path: Path) -> tuple[RTDetrForObjectDetection, Path]:
    """Save a detection checkpoint whose box heads matter, as a hub would serve it."""
    torch.manual_seed(0)
    model = RTDetrForObjectDetection(RTDetrConfig(**OWN)).eval()
    spread(model)
    model.save_pretrained(tmp_path)
    return model, tmp_path


@torch.no_grad()
def test_a_detection_checkpoint_loses_nothing_and_gives_its_own_object_vectors(checkpoint):
    model, folder = checkpoint
    encoder = DetectorEncoder(str(folder)).eval()
    image = torch.randn(2, 3, 64, 96)
    vectors, scores, boxes = encoder(image, [])
    expected = model.model(pixel_values=image.transpose(2, 3))
    torch.testing.assert_close(vectors, expected.last_hidden_state * scores.unsqueeze(2), atol=1e-5, rtol=0)
    torch.testing.assert_close(boxes, expected.enc_topk_bboxes, atol=1e-5, rtol=0)
    assert (scores[:, :-1] >= scores[:, 1:]).all(), "the likeliest first"
    boxless = DetectorEncoder(OWN).eval()
    boxless.model.load_state_dict(model.model.state_dict(), strict=False)
    assert not torch.allclose(boxless(image, [])[0], vectors, atol=1e-3), "what a bare RTDetrModel would give"


def test_random_is_the_checkpoints_architecture_alone(checkpoint):
    model, folder = checkpoint
    encoder = DetectorEncoder(folder, init="random")
    drawn, stored = encoder.model.state_dict(), model.model.state_dict()
    assert set(drawn) == set(stored)
    assert not any(torch.equal(drawn[name], stored[name]) for name in drawn if name.endswith("proj.weight"))


@torch.no_grad()
def test_it_sees_rows_and_columns_as_the_detector_was_trained(checkpoint):
    model, folder = checkpoint
    encoder = DetectorEncoder(folder).eval()
    image = torch.randn(1, 3, 64, 128)
    with_rows_first = model.model(pixel_values=image.transpose(2, 3)).enc_topk_bboxes
    torch.testing.assert_close(encoder(image, [])[2], with_rows_first, atol=1e-5, rtol=0)
    assert not torch.allclose(encoder(image, [])[2], model.model(pixel_values=image).enc_topk_bboxes)


@torch.no_grad()
def test_handed_maps_start_each_query_at_a_place_of_the_maps():
    torch.manual_seed(0)
    encoder = DetectorEncoder(DETECTOR_ENCODER, map_channels=[16, 32, 64]).eval()
    spread(encoder.model.encoder)
    assert (encoder.smallest, encoder.queries, encoder.width) == (32, 20, 16)
    maps = [torch.randn(2, c, 64 // s, 96 // s) for c, s in ((16, 8), (32, 16), (64, 32))]
    vectors, scores, boxes = encoder(torch.zeros(2, 3, 64, 96), maps)
    assert vectors.shape == (2, 20, 16)
    x, y = boxes[..., 0] * 8, boxes[..., 1] * 12  # in cells of stride 8
    assert ((x * 2).round() - x * 2).abs().max() < 1e-3, "centres of cells are halves"
    assert ((y * 2).round() - y * 2).abs().max() < 1e-3
    mirrored = [level.flip(2) for level in maps]
    assert not torch.allclose(encoder(torch.zeros(2, 3, 64, 96), mirrored)[2], boxes)


@torch.no_grad()
def test_unit_stretches_each_image_and_does_not_care_for_its_scale():
    torch.manual_seed(0)
    encoder = DetectorEncoder(OWN, input_range="unit").eval()
    image = torch.randn(2, 3, 64, 64)
    torch.testing.assert_close(encoder(image * 5 + 3, [])[0], encoder(image, [])[0], atol=1e-4, rtol=1e-4)
    assert encoder(torch.zeros(1, 3, 64, 64), [])[0].isfinite().all()


@pytest.mark.parametrize(
    ("queries", "smallest"), [(21, 32), (22, 64), (64, 64), (84, 64), (85, 96), (300, 128)]
)
def test_the_smallest_image_has_a_place_for_every_query(queries, smallest):
    encoder = DetectorEncoder(DETECTOR_ENCODER | {"num_queries": queries}, map_channels=[8, 8, 8]).eval()
    assert encoder.smallest == smallest
    maps = [torch.randn(1, 8, smallest // stride, smallest // stride) for stride in (8, 16, 32)]
    with torch.no_grad():
        assert encoder(torch.zeros(1, 3, smallest, smallest), maps)[0].shape[1] == queries


def test_the_papers_size_is_that_of_the_published_model(tmp_path: Path):
    (tmp_path / "config.json").write_text(json.dumps(RTDetrConfig().to_dict()))
    with torch.device("meta"):
        encoder = DetectorEncoder(tmp_path)
    assert sum(weight.numel() for weight in encoder.parameters()) == pytest.approx(41.97e6, rel=0.02)
