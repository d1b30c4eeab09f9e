from __future__ import annotations

import pytest
import torch
from tests.networks.text_contract import IgnoresText, ReadsText, TextContract
from tests.networks.toys import (
    DETECTOR_ENCODER,
    IMAGE_ENCODER,
    OWN_BACKBONE,
    REPORTS,
    TEXT_ENCODER,
    draw_ids,
    draw_images,
    draw_masks,
    mask_of_lengths,
)

from textguide.losses import SegmentationLoss, TargetSensitiveAlignment, WeightedLosses, ZoneLoss
from textguide.networks.nets import SGSeg

COMPACT = {"detector_encoder": DETECTOR_ENCODER, "detector_backbone": "shared", "guide_scale": 1.421}
PAPER = {"detector_encoder": DETECTOR_ENCODER | OWN_BACKBONE, "detector_backbone": "own"}
LITERAL = {"token_mixing": "conv24", "position": "flat"}


def build(**switches) -> SGSeg:
    torch.manual_seed(0)
    return SGSeg(IMAGE_ENCODER, TEXT_ENCODER, REPORTS, **(COMPACT | switches)).eval()


class _SGSeg:
    def build(self, **switches):
        return SGSeg(IMAGE_ENCODER, TEXT_ENCODER, REPORTS, **(COMPACT | switches))

    def loss(self):
        losses = {"segmentation": SegmentationLoss(), "zones": ZoneLoss()}
        losses["contrastive"] = TargetSensitiveAlignment(target="identity", similarity_temperature=0.1)
        weighted = WeightedLosses(losses)

        def loss(output, masks):
            zones = torch.arange(6).remainder(2).float().expand(len(masks), 6)
            return weighted(output, {"label": masks, "zones": zones})

        return loss

    def extras(self, report_head="lerg", contrastive=False, **_):
        zones = {"zone_logits"} if report_head != "none" else set()
        return zones | ({"has_text", "image_g", "text_g"} if contrastive else set())

    def maps(self, report_head="lerg", **_):
        return {"attention_32", "attention_16", "attention_8"} | (
            {"detector"} if report_head == "lerg" else set()
        )

    def facts(self, report_head="lerg", **_):
        written = {"zone_probabilities"} if report_head != "none" else set()
        written |= {"query_weights", "query_boxes"} if report_head == "lerg" else set()
        return {"read_ids", "read_mask", "word_importance"} | written


class TestSGSeg(_SGSeg, TextContract):
    variants = {
        "default": {},
        "four sentences": {"sentences": 4},
        "own backbone, as printed": {**PAPER, "aggregator_scale": "sqrt_d", "detector_input": "unit"},
        "simple": {"report_head": "simple", "on_empty": "argmax"},
        "writes nothing": {"report_head": "none"},
        "no text where no zone is found": {"on_empty": "no_text", "no_text": "skip"},
        "contrastive": {"contrastive": True},
    }


class TestSGSegWithoutText(_SGSeg, IgnoresText):
    """Table 2, rows one and two: the decoder never reads a sentence."""

    variants = {
        "without text": {"report_head": "none", "reads_text": False},
        "CLIP-style": {"report_head": "none", "reads_text": False, "contrastive": True},
    }


class TestSGSegMixingTokens(_SGSeg, ReadsText):
    """Ariadne's literal token mixing bakes 24 tokens into a weight: the length of the padding counts."""

    variants = {"conv24": LITERAL}


def written_text(network: SGSeg, zone_logits: torch.Tensor) -> dict[str, torch.Tensor]:
    """Type what the network would write."""
    bits = network.written_zones(zone_logits)
    numbers = (bits * 2 ** torch.arange(6)).sum(dim=1)
    return {
        "input_ids": network.report_writer.ids[numbers],
        "attention_mask": network.report_writer.mask[numbers],
    }


@pytest.mark.parametrize("on_empty", ["text", "argmax"])
@torch.no_grad()
def test_the_written_sentence_typed_back_gives_the_same_mask(on_empty):
    network, images = build(on_empty=on_empty), draw_images(8)
    found = network.report(images)
    torch.testing.assert_close(network(images), found["logits"], atol=0, rtol=0)
    typed = network.report(images, **written_text(network, found["zone_logits"]))
    torch.testing.assert_close(typed["logits"], found["logits"], atol=1e-5, rtol=0)
    assert torch.equal(typed["zone_logits"], found["zone_logits"])
    assert len(found["zone_logits"].ge(0).unique(dim=0)) > 1, "all wrote the same"


@torch.no_grad()
def test_a_mask_without_a_sentence_is_the_mean_over_the_likeliest_sentences_by_their_probability():
    network, images = build(sentences=4), draw_images(3)
    found = network.report(images)
    numbers, weights = network.report_writer.likeliest(found["zone_logits"])
    probability = found["zone_logits"].sigmoid()
    for sample in range(3):
        bits = torch.arange(64).unsqueeze(1) >> torch.arange(6) & 1
        joint = torch.where(bits > 0, probability[sample], 1 - probability[sample]).prod(dim=1)
        assert numbers[sample].tolist() == joint.topk(4).indices.tolist()
        torch.testing.assert_close(weights[sample], joint.topk(4).values / joint.topk(4).values.sum())
    expected = torch.zeros(3, 1, 64, 96)
    for rank in range(4):
        ids, mask = (getattr(network.report_writer, name)[numbers[:, rank]] for name in ("ids", "mask"))
        expected += weights[:, rank, None, None, None] * network(images, ids, mask).sigmoid()
    torch.testing.assert_close(found["logits"].sigmoid(), expected, atol=1e-5, rtol=0)
    one = build().report(images)["logits"]
    assert (one - found["logits"]).abs().max() > 1e-3


@torch.no_grad()
def test_what_is_written_comes_first_even_where_it_is_not_the_likeliest():
    writer = build(on_empty="argmax", sentences=3).report_writer
    numbers, weights = writer.likeliest(torch.tensor([[-3.0, -1, -2, -3, -3, -3]]))
    assert numbers.tolist() == [[2, 0, 4]]
    assert weights[0, 1] > weights[0, 0]


@torch.no_grad()
def test_a_learned_mark_tells_a_written_sentence_from_a_typed_one():
    network, images = build(), draw_images(8)
    network.written_mark.normal_()
    found = network.report(images)
    text = written_text(network, found["zone_logits"])
    typed = network(images, **text)
    assert ((typed - found["logits"]).abs().amax(dim=(1, 2, 3)) > 1e-3).all()
    network.written_mark.zero_()
    torch.testing.assert_close(network(images, **text), typed, atol=1e-6, rtol=0)


def test_the_mark_is_learned_from_written_sentences_unless_the_paper_is_followed():
    for marks, share in [(True, 1.0), (True, 0.0), (False, 1.0)]:
        network = build(marks_written=marks, self_guided_share=share).train()
        SegmentationLoss()(network(draw_images()), draw_masks(draw_images())).backward()
        learned = network.written_mark.grad is not None and bool(network.written_mark.grad.abs().sum() > 0)
        assert learned == (marks and share > 0)


@torch.no_grad()
def test_the_table_is_the_text_encoder_after_every_way_to_evaluation():
    network = build()
    tokens, padding, _ = network.text_encoder(network.report_writer.ids, network.report_writer.mask)
    stored, unread = network.report_writer(torch.arange(64))
    torch.testing.assert_close(stored[~padding], tokens[~padding], atol=1e-6, rtol=0)
    assert torch.equal(unread, padding)
    network.train()
    for weight in network.text_encoder.bert.parameters():
        weight.add_(0.1 * torch.randn_like(weight))
    network.eval()
    assert not torch.allclose(network.report_writer(torch.arange(64))[0], stored)
    other = build()
    other.load_state_dict({name: weight * 2 for name, weight in network.state_dict().items()})
    doubled = other.eval().report_writer.features
    assert torch.equal(doubled, 2 * network.report_writer.features), "loaded features are the checkpoint's"


@torch.no_grad()
def test_a_text_free_copy_writes_the_same_and_refuses_a_sentence():
    network, images = build(), draw_images(3)
    copy = network.text_free()
    assert torch.equal(copy(images), network(images))
    assert not any("bert" in name for name in copy.state_dict())
    with pytest.raises(ValueError, match="this network is text-free"):
        copy(images, draw_ids(3))
    copy.self_guided = False
    network.self_guided = False
    assert torch.equal(copy(images), network(images))


@torch.no_grad()
def test_not_guided_by_itself_a_missing_sentence_is_no_text():
    network, images = build(), draw_images(3)
    written = network(images)
    network.self_guided = False
    assert not torch.allclose(network(images), written)
    silent = build(report_head="none")
    silent.load_state_dict(network.state_dict(), strict=False)
    torch.testing.assert_close(silent(images), network(images), atol=1e-6, rtol=0)


@torch.no_grad()
def test_where_no_zone_is_found_it_writes_what_was_chosen():
    logits = torch.tensor([[-3.0, -1, -2, -3, -3, -3], [-3.0, 1, 2, -3, -3, -3]])
    for on_empty, bits, written in [
        ("text", [0] * 6, [True, True]),
        ("argmax", [0, 1, 0, 0, 0, 0], [True, True]),
        ("no_text", [0] * 6, [False, True]),
    ]:
        writer = build(on_empty=on_empty).report_writer
        assert writer.written_zones(logits).tolist() == [bits, [0, 1, 1, 0, 0, 0]]
        assert writer.choose(logits, torch.zeros(2, 1))[0].tolist() == written


def test_in_training_the_share_of_missing_sentences_is_written_by_probability():
    writer = build(self_guided_share=0.75).report_writer.train()
    mask = torch.cat([torch.zeros(4000, 3), torch.ones(1000, 3)])
    written, numbers = writer.choose(torch.full((5000, 6), 1.0986), mask)  # sigmoid = 0.75
    assert written[:4000].float().mean() == pytest.approx(0.75, abs=0.03)
    assert not written[4000:].any()
    bits = numbers.unsqueeze(1) >> torch.arange(6) & 1
    assert bits.float().mean().item() == pytest.approx(0.75, abs=0.02)


def test_the_query_selector_learns_and_what_only_boxes_would_train_stands_still():
    network = build().train()
    output = network(draw_images())
    ZoneLoss()(output, {"zones": torch.ones(4, 6)}).backward()
    model = network.report_head.detector_encoder.model
    assert model.enc_score_head.weight.grad.abs().sum() > 0
    assert not any(weight.requires_grad for weight in model.enc_bbox_head.parameters())


@torch.no_grad()
def test_what_it_shows_sums_up_and_the_words_of_place_are_those_of_the_zones():
    network, images = build(), draw_images(3)
    shown = network.explain(images, draw_ids(3), mask_of_lengths([12, 0, 3], 12))
    torch.testing.assert_close(shown["word_importance"].sum(dim=1), torch.ones(3))
    torch.testing.assert_close(shown["query_weights"].sum(dim=1), torch.ones(3))
    assert (shown["word_importance"] * (shown["read_mask"] == 0)).abs().max() == 0
    assert network.report_writer.places.tolist() == [10, 11, 12, 13, 14, 15]
    small = network.explain(draw_images(1, 33, 40))["query_boxes"][0]  # padded to 64 x 64
    assert small[:, 0].max() > 1.3
    assert small[:, 1].max() < 64 / 40
    for name in ("attention_32", "attention_16", "attention_8"):
        assert shown[name].min() >= 0
        assert shown[name].max() <= 1 + 1e-5


@pytest.mark.parametrize(
    ("switches", "message"),
    [
        ({"report_head": "gpt"}, "report_head is 'gpt': allowed are 'lerg', 'simple' and 'none'"),
        ({"detector_backbone": "both"}, "detector_backbone is 'both': allowed are 'own' and 'shared'"),
        ({"detector_encoder": "PekingU/rtdetr_r50vd"}, "is given as a dictionary"),
        ({"detector_init": "fuzzy"}, "init is 'fuzzy': allowed are 'pretrained' and 'random'"),
        ({"detector_input": "raw"}, "input_range is 'raw': allowed are 'zscore' and 'unit'"),
        ({"aggregator_scale": "d"}, "aggregator_scale is 'd': allowed are 'none' and 'sqrt_d'"),
        ({"on_empty": "guess"}, "on_empty is 'guess': allowed are 'text', 'argmax' and 'no_text'"),
        ({"sentences": 65}, "sentences is 65: 1 to 64 are allowed"),
        ({"self_guided_share": 2}, "self_guided_share is 2: a share between 0 and 1 is allowed"),
        ({"reads_text": False}, "report_head is 'lerg': allowed is 'none'"),
    ],
)
def test_an_unknown_choice_is_named_with_what_is_allowed(switches, message):
    with pytest.raises((ValueError, TypeError), match=message):
        build(**switches)


def test_64_sentences_are_needed():
    with pytest.raises(ValueError, match="63 reports, 0 of them empty: the token ids of 64 sentences"):
        SGSeg(IMAGE_ENCODER, TEXT_ENCODER, REPORTS[1:], **COMPACT)
