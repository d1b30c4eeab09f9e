from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from tests.networks.text_contract import ReadsText, TextContract
from tests.networks.toys import (
    IMAGE_ENCODER,
    TEXT_ENCODER,
    draw_ids,
    draw_images,
    draw_masks,
    mask_of_lengths,
)

from textguide.losses import SegmentationLoss, TargetSensitiveAlignment, WeightedLosses
from textguide.networks.nets import TMCA
from textguide.text import load_tokenizer

ROOT = Path(__file__).parents[3]
LEVELS = ("g", "32", "16", "8")
ARIADNE = {"align_levels": [], "ltem_levels": [], "text_layers": 1}
LITERAL = {**ARIADNE, "token_mixing": "conv24", "decoder_text": "raw", "position": "flat"}


def build(**switches) -> TMCA:
    torch.manual_seed(0)
    return TMCA(IMAGE_ENCODER, TEXT_ENCODER, **switches).eval()


def size_of(*modules: torch.nn.Module) -> int:
    return sum(weight.numel() for module in modules for weight in module.parameters())


class _TMCA:
    def build(self, **switches):
        return TMCA(IMAGE_ENCODER, TEXT_ENCODER, **switches)

    def loss(self):
        return WeightedLosses({"segmentation": SegmentationLoss(), "alignment": TargetSensitiveAlignment()})

    def extras(self, align_levels=LEVELS, **_):
        return {"has_text", *(f"{part}_{level}" for part in ("image", "text") for level in align_levels)}

    def maps(self, ltem_levels=LEVELS[1:], **_):
        return {f"enhancement_{level}" for level in ltem_levels}


class TestTMCA(_TMCA, TextContract):
    variants = {
        "default": {},
        "Ariadne": ARIADNE,
        "without LTEM": {"ltem_levels": []},
        "g only, LTEM at 16": {"align_levels": ["g"], "ltem_levels": ["16"], "ltem_scale": "residual"},
        "no alignment, LTEM as printed": {"align_levels": [], "ltem_scale": "sum"},
        "raw text, first token": {"decoder_text": "raw", "text_pooling": "cls"},
        "skip without text, flat positions": {"no_text": "skip", "position": "flat", "guide_scale": 0.01},
        "frozen text": {"freeze_text": True, "frozen_mode": "train"},
    }


class TestTMCAMixingTokens(_TMCA, ReadsText):
    """Ariadne's literal token mixing bakes 24 tokens into a weight: the length of the padding counts."""

    variants = {"conv24": LITERAL}


@pytest.mark.parametrize(
    ("switches", "heads", "projections"),
    [
        ({}, {"g", "32", "16", "8"}, set()),
        ({"decoder_text": "raw"}, {"g", "32", "16", "8"}, {"32", "16", "8"}),
        ({"align_levels": ["g", "32"], "ltem_levels": []}, {"g", "32"}, {"16", "8"}),
        ({"align_levels": ["g"], "ltem_levels": ["8"]}, {"g", "8"}, {"32", "16", "8"}),
        (ARIADNE, set(), {"32", "16", "8"}),
    ],
)
def test_heads_and_projections_exist_only_where_something_reads_them(switches, heads, projections):
    network = build(**switches)
    assert (set(network.heads), set(network.decoder.projections)) == (heads, projections)
    assert hasattr(network.image_encoder.model.layernorm, "weight") == ("g" in heads)


def test_ariadne_is_the_encoders_three_projections_and_the_guide_decoder():
    network = build(**ARIADNE)
    parts = (network.image_encoder, network.text_encoder, network.decoder)
    assert size_of(network) == size_of(*parts)


@torch.no_grad()
def test_a_map_enhances_the_decoded_map_above_it_and_nothing_before():
    images, ids = draw_images(2), draw_ids(2)
    outputs: dict[str, list[torch.Tensor]] = {level: [] for level in ("none", *LEVELS[1:])}
    for level, decoded in outputs.items():
        network = build(ltem_levels=[] if level == "none" else [level])
        for up in network.decoder.ups:
            up.register_forward_hook(lambda _, __, value, decoded=decoded: decoded.append(value))
        network(images, ids)
    for number, level in enumerate(("32", "16", "8")):
        same = [
            torch.equal(found, plain) for found, plain in zip(outputs[level], outputs["none"], strict=True)
        ]
        assert same == [True] * (number + 1) + [False] * (2 - number)


@torch.no_grad()
def test_the_scale_of_the_enhancement_is_what_the_decoded_maps_are_multiplied_by():
    images, ids = draw_images(1), draw_ids(1)
    gates: dict[str, dict[str, torch.Tensor]] = {}
    for scale in ("mean", "sum", "residual"):
        network = build(ltem_scale=scale)
        network.decoder.register_forward_pre_hook(
            lambda _, given, scale=scale: gates.update({scale: given[-1]})
        )
        network(images, ids)
    for level, positions in (("32", 2 * 3), ("16", 4 * 6), ("8", 8 * 12)):
        assert gates["mean"][level].std() > 0.01
        torch.testing.assert_close(gates["sum"][level] * positions, gates["mean"][level])
        torch.testing.assert_close(gates["residual"][level] - 1, gates["mean"][level])


@torch.no_grad()
def test_the_enhancement_shown_follows_the_sentence_and_is_flat_without_one():
    network, images = build(), draw_images(2)
    shown = network.explain(images, draw_ids(2), mask_of_lengths([12, 0], 12))
    for level in LEVELS[1:]:
        seen, blind = shown[f"enhancement_{level}"]
        assert seen.std() > 0.01
        assert torch.equal(blind, torch.ones_like(blind))


@torch.no_grad()
def test_skip_is_the_u_net_without_guide_layers_for_a_sample_without_a_sentence():
    network, images, ids = build(no_text="skip"), draw_images(2), draw_ids(2)
    mask = mask_of_lengths([12, 0], 12)
    before = network(images, ids, mask)
    for weight in network.decoder.guides.parameters():
        weight.add_(0.1 * torch.randn_like(weight))
    after = network(images, ids, mask)
    assert torch.equal(after[1], before[1])
    assert not torch.allclose(after[0], before[0])


@torch.no_grad()
def test_conv24_reads_24_tokens_and_refuses_more():
    network, images, ids = build(**LITERAL), draw_images(2), draw_ids(2, 30)
    expected = network(images, ids[:, :24], mask_of_lengths([24, 3], 24))
    assert torch.equal(network(images, ids, mask_of_lengths([24, 3], 30)), expected)
    with pytest.raises(ValueError, match="a sentence has 25 tokens: this text encoder takes 24"):
        network(images, ids, mask_of_lengths([25, 3], 30))


@pytest.mark.parametrize("decoder_text", ["aligned", "raw"])
def test_the_segmentation_alone_trains_the_heads_only_where_the_decoder_reads_them(decoder_text):
    network = build(decoder_text=decoder_text, ltem_levels=[]).train()
    images = draw_images()
    SegmentationLoss()(network(images, draw_ids()), draw_masks(images)).backward()
    heads = {level: head[0].weight.grad is not None for level, head in network.heads.items()}
    assert heads == {"g": False} | dict.fromkeys(LEVELS[1:], decoder_text == "aligned")


def test_a_frozen_bert_stands_still_and_the_no_text_token_learns():
    network = build(freeze_text=True).train()
    images = draw_images()
    SegmentationLoss()(
        network(images, draw_ids(), mask_of_lengths([12, 0, 7, 0], 12)), draw_masks(images)
    ).backward()
    assert not any(weight.requires_grad for weight in network.text_encoder.bert.parameters())
    assert network.text_encoder.no_text.grad.abs().sum() > 0


@pytest.mark.parametrize("batch", [5, 13, 32])
@torch.no_grad()
def test_one_caption_gives_one_vector_whatever_its_place_in_the_batch(batch):
    output = build().train()(draw_images(batch, 32, 32), draw_ids(1).repeat(batch, 1))
    for level in LEVELS:  # what merging duplicates in the alignment relies on
        assert (output[f"text_{level}"] == output[f"text_{level}"][:1]).all()


@pytest.mark.parametrize(
    ("switches", "message"),
    [
        ({"align_levels": ["g", "4"]}, "align_levels has '4': allowed are 'g', '32', '16' and '8'"),
        ({"ltem_levels": ["g"]}, "ltem_levels has 'g': allowed are '32', '16' and '8'"),
        ({"ltem_scale": "max"}, "ltem_scale is 'max': allowed are 'mean', 'sum' and 'residual'"),
        ({"decoder_text": "both"}, "decoder_text is 'both': allowed are 'aligned' and 'raw'"),
        ({"text_pooling": "max"}, "text_pooling is 'max': allowed are 'mean' and 'cls'"),
        ({"no_text": "zero"}, "no_text is 'zero': allowed are 'token' and 'skip'"),
        ({"token_mixing": "conv"}, "token_mixing is 'conv': allowed are 'none' and 'conv24'"),
        ({"token_mixing": "conv24"}, "'conv24' mixes raw tokens: it goes with decoder_text 'raw'"),
        ({"position": "none"}, "position is 'none': allowed are 'grid' and 'flat'"),
    ],
)
def test_an_unknown_choice_is_named_with_what_is_allowed(switches, message):
    with pytest.raises(ValueError, match=message):
        build(**switches)


def test_the_decoder_of_the_papers_size_has_the_14_4_million_parameters_of_ariadne():
    with torch.device("meta"):  # an empty dictionary is ConvNeXt-Tiny, and BERT-base without its pooler
        network = TMCA({}, {}, **LITERAL)
    assert size_of(network.decoder) == pytest.approx(14.36e6, rel=1e-3)
    assert size_of(network.image_encoder) == pytest.approx(27.82e6, rel=1e-3)
    assert size_of(network.text_encoder) == pytest.approx(108.89e6, rel=1e-3)


def test_the_compact_default_has_at_most_4_million_parameters_and_the_rows_of_our_vocabulary():
    config = json.loads((ROOT / "bundles/tmca_segmentation/configs/train.json").read_text())
    arguments = {key: value for key, value in config["network_def"].items() if key != "_target_"}
    with torch.device("meta"):
        network = TMCA(**arguments)
    assert size_of(network) <= 4_000_000
    assert network.text_encoder.max_length >= config["max_length"]
    assert arguments["text_encoder"]["vocab_size"] == len(load_tokenizer())
