from __future__ import annotations

import torch
from tests.inferers.toy_network import TextSensitiveNetwork, toy_text

from textguide.inferers import BFloat16OnCPUInferer, ReportInferer, TextSliceInferer


class WritingNetwork(TextSensitiveNetwork):
    def report(self, image, input_ids=None, attention_mask=None):
        logits = self(image, input_ids, attention_mask)
        return {"logits": logits, "zone_logits": image[:, 0, 0, :6] * self.convolution.weight.mean()}


def test_a_network_that_writes_is_asked_for_its_report_with_the_text():
    network, images, text = WritingNetwork().eval(), torch.randn(2, 1, 6, 6), toy_text(2)
    found = ReportInferer()(images, network, **text)
    assert torch.equal(found["logits"], network(images, **text))
    assert found["zone_logits"].shape == (2, 6)
    assert network.calls == [2, 2]  # one pass, and that of the comparison


def test_without_text_the_network_writes_its_own_whatever_the_batch_holds():
    network, images, text = WritingNetwork().eval(), torch.randn(2, 1, 6, 6), toy_text(2)
    found = ReportInferer(without_text=True)(images, network, **text)
    assert torch.equal(found["logits"], network(images))
    assert not torch.equal(found["logits"], network(images, **text))


def test_any_other_network_is_run_as_it_is():
    network, images, text = TextSensitiveNetwork().eval(), torch.randn(2, 1, 6, 6), toy_text(2)
    assert torch.equal(ReportInferer()(images, network, **text), network(images, **text))
    training = WritingNetwork().train()(images, **text)
    assert ReportInferer()(images, WritingNetwork().train(), **text).keys() == training.keys()


def test_the_inferer_inside_decides_how_it_is_run():
    network, images, text = WritingNetwork().eval(), torch.randn(2, 1, 6, 6), toy_text(2)
    short = ReportInferer(BFloat16OnCPUInferer(enabled=True))(images, network, **text)["logits"]
    assert not torch.equal(short, network(images, **text))
    volumes = torch.randn(2, 1, 6, 7, 3)
    slices = ReportInferer(TextSliceInferer())(volumes, network, **text)
    assert torch.equal(slices, TextSliceInferer()(volumes, network, **text))
