from __future__ import annotations

import torch
from tests.inferers.toy_network import TextSensitiveNetwork, toy_text

from textguide.inferers import BFloat16OnCPUInferer


def test_the_text_reaches_the_network_and_the_precision_is_the_one_asked_for():
    network, images, text = TextSensitiveNetwork().eval(), torch.randn(2, 1, 6, 6), toy_text(2)
    plain = BFloat16OnCPUInferer(enabled=False)(images, network, **text)
    assert torch.equal(plain, network(images, **text))
    short = BFloat16OnCPUInferer(enabled=True)(images, network, **text)
    assert not torch.equal(short, plain)
    torch.testing.assert_close(short.float(), plain, atol=0.1, rtol=0.05)
