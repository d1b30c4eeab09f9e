from __future__ import annotations

import pytest
import torch

from textguide.networks.blocks import guide_decoder
from textguide.networks.blocks.guide_decoder import LEVELS, GuideDecoder

CHANNELS = (8, 16, 32, 64)


def toy_inputs(width: int = 64, height: int = 96) -> dict:
    torch.manual_seed(1)
    maps = [torch.randn(2, c, width // s, height // s) for c, s in zip(CHANNELS, (4, 8, 16, 32), strict=True)]
    texts = {level: torch.randn(2, 5, c) for level, c in zip(LEVELS, CHANNELS[:0:-1], strict=True)}
    has_text = torch.tensor([True, False])
    return {
        "maps": maps,
        "tokens": torch.randn(2, 5, 12),
        "padding": torch.zeros(2, 5).bool(),
        "has_text": has_text,
        "texts": texts,
        "gates": {},
    }


def toy_decoder(**options) -> GuideDecoder:
    torch.manual_seed(0)
    return GuideDecoder(CHANNELS, 12, **{"given": LEVELS} | options).eval()


@torch.no_grad()
def test_it_reaches_the_size_of_the_image_for_any_multiple_of_the_stride():
    for size in [(64, 96), (32, 32), (96, 32)]:
        assert toy_decoder()(**toy_inputs(*size)).shape == (2, 1, *size)


@torch.no_grad()
def test_every_map_and_every_sentence_is_read():
    decoder, inputs = toy_decoder(), toy_inputs()
    expected = decoder(**inputs)
    for name, number in [("maps", 0), ("maps", 1), ("maps", 2), ("maps", 3)] + [
        ("texts", level) for level in LEVELS
    ]:
        changed = toy_inputs()
        changed[name][number] += torch.randn_like(changed[name][number])
        difference = (decoder(**changed) - expected).abs().amax(dim=(1, 2, 3))
        assert (difference > 1e-3).all(), (name, number)


@torch.no_grad()
def test_skip_leaves_the_guide_layers_out_for_a_sample_without_a_sentence():
    decoder, inputs = toy_decoder(no_text="skip"), toy_inputs()
    x = inputs["maps"][3][1:]
    for up, skip in zip(decoder.ups, inputs["maps"][2::-1], strict=True):
        x = up(x, skip[1:])
    found = decoder(**inputs)
    torch.testing.assert_close(found[1:], decoder.out(decoder.expand(x)))
    torch.testing.assert_close(found[:1], toy_decoder()(**inputs)[:1])


@torch.no_grad()
def test_a_gate_multiplies_the_decoded_map_of_its_stride(monkeypatch):
    decoder, inputs = toy_decoder(), toy_inputs()
    ones = {level: torch.ones(2, 1, 128 // int(level), 192 // int(level)) for level in LEVELS}
    assert torch.equal(decoder(**inputs | {"gates": ones}), decoder(**inputs))
    monkeypatch.setattr(guide_decoder, "subpixel_logits", lambda x, *_, **__: x)
    gate = 3 * torch.rand(2, 1, 16, 24)
    torch.testing.assert_close(decoder(**inputs | {"gates": {"8": gate}}), decoder(**inputs) * gate)


def test_an_unknown_way_without_text_is_refused():
    with pytest.raises(ValueError, match="no_text is 'zero': allowed are 'token' and 'skip'"):
        GuideDecoder(CHANNELS, 12, no_text="zero")


@torch.no_grad()
def test_a_level_that_is_not_given_reads_its_own_projection_of_the_tokens():
    decoder, inputs = toy_decoder(given=["32"]), toy_inputs()
    assert list(decoder.projections) == ["16", "8"]
    expected = decoder(**inputs | {"texts": {"32": inputs["texts"]["32"]}})
    assert torch.equal(decoder(**inputs), expected)
    changed = inputs | {"tokens": torch.randn(2, 5, 12)}
    assert (decoder(**changed) - expected).abs().max() > 1e-3


def test_mixed_tokens_and_given_texts_exclude_each_other():
    with pytest.raises(ValueError, match="it goes with decoder_text 'raw'"):
        GuideDecoder(CHANNELS, 12, given=["8"], token_mixing="conv24")


@pytest.mark.parametrize("options", [{}, {"given": [], "token_mixing": "conv24"}], ids=["plain", "conv24"])
@torch.no_grad()
def test_attention_tells_of_every_place_how_its_tokens_share_it(options):
    decoder, inputs = toy_decoder(**options), toy_inputs()
    inputs["tokens"] = torch.randn(2, 24 if options else 5, 12)
    inputs["padding"] = torch.zeros(2, inputs["tokens"].shape[1]).bool()
    inputs["padding"][1, 3:] = not options
    logits, attention = decoder.attention(**inputs)
    assert torch.equal(logits, decoder(**inputs))
    for level, stride in zip(LEVELS, (32, 16, 8), strict=True):
        tokens = inputs["tokens"].shape[1]
        assert attention[level].shape == (2, tokens, 64 // stride, 96 // stride)
        torch.testing.assert_close(attention[level].sum(dim=1), torch.ones_like(attention[level][:, 0]))
        if not options:
            assert attention[level][1, 3:].abs().max() == 0
    assert not decoder.guides[0].cross_attention._forward_pre_hooks


@torch.no_grad()
def test_mixed_tokens_give_their_attention_back_to_the_tokens_they_were_mixed_of():
    decoder, inputs = toy_decoder(given=[], token_mixing="conv24"), toy_inputs()
    inputs["tokens"], inputs["padding"] = torch.randn(2, 24, 12), torch.zeros(2, 24).bool()
    for projection in decoder.projections.values():
        mixing = projection.layers[0].weight
        mixing.zero_()
        mixing[:, 7] = -2.0  # every mixed token is made of token 7 alone
    attention = decoder.attention(**inputs)[1]
    for weights in attention.values():
        torch.testing.assert_close(weights[:, 7], torch.ones_like(weights[:, 7]))
