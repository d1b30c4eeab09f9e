"""What holds for every network that reads a sentence, on top of `NetworkContract`."""

from __future__ import annotations

import pytest
import torch
from tests.networks.contract import NetworkContract
from tests.networks.toys import LONGEST, VOCABULARY, draw_ids, draw_images, mask_of_lengths
from torch import nn


def word_embedding(network: nn.Module) -> nn.Embedding:
    """Find the table that token ids are looked up in."""
    return next(
        module
        for module in network.modules()
        if isinstance(module, nn.Embedding) and module.num_embeddings == VOCABULARY
    )


class ReadsText(NetworkContract):
    """A network that reads a sentence, of whatever length its variants allow."""

    @torch.no_grad()
    def test_the_sentence_changes_the_mask(self, network):
        images, mask = draw_images(), mask_of_lengths([12, 3, 7, 12], 12)
        one, other = (network(images, draw_ids(seed=seed), mask) for seed in (0, 1))
        change = (one - other).abs().amax(dim=(1, 2, 3))
        assert (change > 1e-3).all(), "what follows would hold for a network that is blind to text"

    @torch.no_grad()
    def test_no_text_is_one_case_however_it_is_said(self, network):
        images = draw_images()
        expected = network(images)
        zeros = torch.zeros(4, 20, dtype=torch.long)
        spellings = [(None, torch.ones(4, 5).long()), (zeros, zeros), (draw_ids(length=20), zeros)]
        spellings += [(draw_ids(length=1), zeros[:, :1])]
        for ids, mask in spellings:
            assert torch.equal(network(images, ids, mask), expected)
        sentence = network(images, **self.texts()["all"])
        assert ((sentence - expected).abs().amax(dim=(1, 2, 3)) > 1e-3).all()

    @torch.no_grad()
    def test_without_a_mask_every_token_counts(self, network):
        images, ids = draw_images(), draw_ids()
        assert torch.equal(network(images, ids), network(images, ids, torch.ones_like(ids)))

    @torch.no_grad()
    def test_a_boolean_mask_is_a_mask(self, network):
        images, text = draw_images(), self.texts()["some"]
        found = network(images, text["input_ids"], text["attention_mask"].bool())
        assert torch.equal(found, network(images, **text))

    @torch.no_grad()
    def test_what_stands_in_the_padding_has_no_influence_at_all(self, network):
        images, mask = draw_images(), mask_of_lengths([12, 3, 0, 7], 12)
        mask[0, [1, 4, 5]] = 0  # holes
        mask[3, 0] = 0
        zeros, *others = (draw_ids().masked_fill(mask == 0, padding) for padding in (0, 4, VOCABULARY - 1))
        expected = network(images, zeros, mask)
        assert all(torch.equal(network(images, ids, mask), expected) for ids in others)

    def test_the_loss_reaches_the_words_of_the_sentence_and_no_others(self, network):
        table = word_embedding(network)
        if not table.weight.requires_grad:
            table.weight.requires_grad_()
        text = self.texts()["some"]
        self.step(network, text)
        said = text["input_ids"][text["attention_mask"] > 0].unique()
        learned = table.weight.grad.abs().amax(dim=1) > 0
        assert learned[said].all()
        assert not learned[5:][~torch.isin(torch.arange(5, VOCABULARY), said)].any()

    @torch.no_grad()
    def test_each_distinct_sentence_is_encoded_once(self, network):
        rows: list[int] = []
        word_embedding(network).register_forward_hook(lambda _, given, __: rows.append(len(given[0])))
        ids, mask = draw_ids(2, 12).repeat(4, 1), mask_of_lengths([12, 3, 12, 3, 12, 0, 12, 0], 12)
        ids[1, 3:] = 7  # the same sentence with something else in the padding
        images = draw_images(8, 32, 32)
        together = network(images, ids, mask)
        assert sum(rows) in (2, 3)  # two sentences, and "no sentence" where the method encodes it
        alone = network(images[4:5], ids[4:5], mask[4:5])
        torch.testing.assert_close(together[4:5], alone, atol=1e-5, rtol=0)


class TextContract(ReadsText):
    """A network that reads a sentence of any length: the length of the padding does not matter either."""

    @pytest.mark.parametrize("length", [1, 2, 17, LONGEST, LONGEST + 16])
    @torch.no_grad()
    def test_any_length_works(self, network, length):
        images, ids = draw_images(3), draw_ids(3, length)
        mask = mask_of_lengths([length, (length + 1) // 2, 0], length)
        logits = network(images, ids, mask)
        assert logits.isfinite().all()
        assert ((logits - network(images))[:2].abs().amax(dim=(1, 2, 3)) > 1e-3).all()
        torch.testing.assert_close(logits[2:], network(images)[2:], atol=1e-5, rtol=0)

    @torch.no_grad()
    def test_a_sentence_longer_than_the_position_table_is_cut(self, network):
        images, ids = draw_images(2), draw_ids(2, LONGEST + 16)
        assert torch.equal(network(images, ids), network(images, ids[:, :LONGEST]))

    @torch.no_grad()
    def test_the_length_of_the_padding_has_no_influence(self, network):
        images, ids, lengths = draw_images(), draw_ids(), [12, 3, 0, 7]
        expected = network(images, ids, mask_of_lengths(lengths, 12))
        for length in (13, 40, LONGEST, LONGEST + 16):
            longer = torch.cat([ids, draw_ids(4, length - 12, seed=1)], dim=1)
            found = network(images, longer, mask_of_lengths(lengths, length))
            torch.testing.assert_close(found, expected, atol=1e-5, rtol=0)

    @torch.no_grad()
    def test_a_short_sentence_is_the_same_beside_a_long_one(self, network):
        images, ids = draw_images(2), draw_ids(2, 40)
        beside = network(images, ids, mask_of_lengths([3, 40], 40))
        alone = network(images[:1], ids[:1, :3], torch.ones(1, 3).long())
        torch.testing.assert_close(beside[:1], alone, atol=1e-5, rtol=0)


class IgnoresText(NetworkContract):
    """A network of images alone: token ids, which every engine hands over, are accepted and ignored."""

    @torch.no_grad()
    def test_a_sentence_changes_nothing(self, network):
        images = draw_images()
        expected = network(images)
        for text in self.texts().values():
            assert torch.equal(network(images, **text), expected)
        assert torch.equal(network(images, draw_ids(length=LONGEST + 16)), expected)
