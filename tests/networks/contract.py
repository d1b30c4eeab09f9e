"""What holds for every network: one tester, so that a method's own test is a few lines.

A test of a method subclasses `NetworkContract`, and `TextContract` (text_contract.py) if it reads text, and
says how it is built. The tests run for each of its variants.
"""

from __future__ import annotations

import copy
import io
import pickle
from collections.abc import Callable
from typing import Any, ClassVar

import pytest
import torch
from monai.data import MetaTensor
from tests.networks.toys import draw_ids, draw_images, draw_masks, mask_of_lengths
from torch import nn

SIZES = [(64, 96), (1, 1), (33, 65), (64, 64), (31, 32), (224, 96), (2, 130)]

Text = dict[str, torch.Tensor]


class NetworkContract:
    """A network for 2-D images, whether it reads text or not: token ids are always accepted.

    A subclass overrides `build` and `loss`; what else a method publishes stands in `extras` and `maps`.
    """

    variants: ClassVar[dict[str, dict[str, Any]]] = {"default": {}}
    """Arguments of `build` by name: every switch of the method stands in one of them."""

    def build(self, **switches: Any) -> nn.Module:
        """Return the network with toy encoders and these switches; its weights from torch's global seed."""
        raise NotImplementedError

    def loss(self) -> Callable[[Any, torch.Tensor], torch.Tensor]:
        """Return the method's own loss of (training output, mask)."""
        raise NotImplementedError

    def extras(self, **switches: Any) -> set[str]:
        """Name what the training output holds beside `logits`."""
        return set()

    def maps(self, **switches: Any) -> set[str]:
        """Name what `explain` gives, as maps (B, 1, W, H), beside `probability`."""
        return set()

    def facts(self, **switches: Any) -> set[str]:
        """Name what `explain` gives beside the maps: tensors of one row a sample."""
        return set()

    def output_shape(self, images: torch.Tensor) -> tuple[int, ...]:
        """Shape of the logits; a classifier gives (B, 1)."""
        return (len(images), 1, *images.shape[2:])

    @classmethod
    def pytest_generate_tests(cls, metafunc: pytest.Metafunc) -> None:
        if "switches" in metafunc.fixturenames:
            metafunc.parametrize("switches", cls.variants.values(), ids=cls.variants.keys())

    @pytest.fixture
    def network(self, switches: dict[str, Any]) -> nn.Module:
        return self.seeded(**switches).eval()

    def seeded(self, seed: int = 0, **switches: Any) -> nn.Module:
        torch.manual_seed(seed)
        return self.build(**switches)

    def texts(self) -> dict[str, Text]:
        """Batches of four: every sample with a sentence, some, none."""
        lengths = {"all": [12, 3, 7, 12], "some": [12, 0, 7, 0], "none": [0, 0, 0, 0]}
        return {
            name: {"input_ids": draw_ids(4, 12), "attention_mask": mask_of_lengths(row, 12)}
            for name, row in lengths.items()
        }

    def step(self, network: nn.Module, text: Text, images: torch.Tensor | None = None) -> torch.Tensor:
        """Run one training step up to the gradients; return the loss."""
        images = draw_images() if images is None else images
        value = self.loss()(network.train()(images, **text), draw_masks(images))
        value.backward()
        return value.detach()

    @torch.no_grad()
    def test_evaluation_gives_one_tensor_of_logits(self, network):
        images, text = draw_images(), self.texts()["some"]
        logits = network(images, **text)
        assert type(logits) is torch.Tensor
        assert logits.dtype == torch.float32
        assert logits.shape == self.output_shape(images)
        for weight in network.parameters():
            weight.mul_(3)
        assert network(images, **text).abs().max() > 1, "bounded like a sigmoid"

    def test_training_gives_logits_and_the_published_extras(self, network, switches):
        images = draw_images()
        output = network.train()(images, **self.texts()["some"])
        assert set(output) == {"logits", *self.extras(**switches)}
        assert output["logits"].shape == self.output_shape(images)
        assert all(len(value) == len(images) for value in output.values())

    @torch.no_grad()
    def test_every_size_works_in_any_order_and_leaves_no_trace(self, network):
        text = self.texts()["some"]
        batches = [draw_images(4, *size) for size in SIZES]
        first = [network(images, **text) for images in batches]
        assert [value.shape for value in first] == [self.output_shape(images) for images in batches]
        for images, value in zip(batches[::-1], first[::-1], strict=True):
            assert torch.equal(network(images, **text), value)

    @torch.no_grad()
    def test_grey_equals_three_equal_channels(self, network):
        grey, text = draw_images(), self.texts()["some"]
        colour = draw_images(channels=3)
        torch.testing.assert_close(network(grey.repeat(1, 3, 1, 1), **text), network(grey, **text))
        assert network(colour, **text).shape == self.output_shape(colour)

    @torch.no_grad()
    def test_a_batch_equals_its_samples_one_by_one(self, network):
        images, text = draw_images(4, 33, 65), self.texts()["some"]
        alone = [
            network(images[i : i + 1], **{key: value[i : i + 1] for key, value in text.items()})
            for i in range(len(images))
        ]
        torch.testing.assert_close(network(images, **text), torch.cat(alone), atol=1e-5, rtol=0)

    @torch.no_grad()
    def test_memory_layout_and_metadata_of_the_image_do_not_matter(self, network):
        images, text = draw_images(), self.texts()["some"]
        expected = network(images, **text)
        found = network(MetaTensor(images, meta={"filename_or_obj": "film.png"}), **text)
        torch.testing.assert_close(torch.Tensor(found), expected)
        network = network.to(memory_format=torch.channels_last)
        images = draw_images(channels=3)
        torch.testing.assert_close(
            network(images.contiguous(memory_format=torch.channels_last), **text), network(images, **text)
        )

    @torch.no_grad()
    def test_a_state_dict_restores_the_network_strictly(self, network, switches):
        file = io.BytesIO()
        torch.save(network.state_dict(), file)
        file.seek(0)
        other = self.seeded(seed=1, **switches).eval()
        images, text = draw_images(), self.texts()["some"]
        assert not torch.equal(other(images, **text), network(images, **text))
        other.load_state_dict(torch.load(file, weights_only=True), strict=True)
        assert torch.equal(other(images, **text), network(images, **text))

    @torch.no_grad()
    def test_a_copy_and_a_pickle_are_the_same_network(self, network):
        images, text = draw_images(), self.texts()["some"]
        fresh = pickle.loads(
            pickle.dumps(network)
        )  # once run, transformers leaves hooks that cannot be pickled
        expected = network(images, **text)
        for other in (fresh, copy.deepcopy(network)):
            assert torch.equal(other(images, **text), expected)

    @pytest.mark.filterwarnings("ignore")  # TorchScript is deprecated, and tracing a BERT warns
    @torch.no_grad()
    def test_a_script_equals_the_network_also_after_a_file(self, network, switches):
        is_default = switches is self.variants.get("default")
        images, text = draw_images(), self.texts()["some"]
        expected = network(images, **text)
        scripted = torch.jit.script(network)
        assert torch.equal(network(images, **text), expected), "scripting changed the network"
        file = io.BytesIO()
        torch.jit.save(scripted, file)
        file.seek(0)
        loaded = torch.jit.load(file)
        with torch.jit.optimized_execution(is_default):  # as users run it, but optimising takes seconds
            for size, length in [((64, 96), 12), ((33, 70), 1), ((224, 96), 21), ((1, 1), 5)]:
                images, ids = draw_images(3, *size), draw_ids(3, length)
                mask = mask_of_lengths([length, 0, (length + 1) // 2], length)
                for given in ((ids, mask), (ids,), ()):
                    found, expected = loaded(images, *given), network(images, *given)
                    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-5)

    def test_every_parameter_gets_a_finite_gradient_from_every_batch(self, network):
        for name, text in self.texts().items():
            network.zero_grad(set_to_none=True)
            assert self.step(network, text).isfinite()
            learned = {key: value for key, value in network.named_parameters() if value.requires_grad}
            assert [key for key, value in learned.items() if value.grad is None] == [], f"text: {name}"
            assert [key for key, value in learned.items() if not value.grad.isfinite().all()] == [], name

    def test_one_seed_gives_one_training_step(self, switches):
        def gradients() -> list[torch.Tensor]:
            network = self.seeded(seed=3, **switches)
            value = self.step(network, self.texts()["some"])
            return [value, *(weight.grad for weight in network.parameters() if weight.requires_grad)]

        assert all(torch.equal(*pair) for pair in zip(gradients(), gradients(), strict=True))

    @pytest.mark.parametrize("value", [0.0, 7.0, -1e4], ids=["black", "white", "far out"])
    def test_a_constant_image_gives_finite_numbers(self, network, value):
        images, text = torch.full((4, 1, 64, 32), value), self.texts()["some"]
        assert network(images, **text).isfinite().all()
        assert self.step(network, text, images).isfinite()
        assert all(w.grad.isfinite().all() for w in network.parameters() if w.requires_grad)

    def test_bfloat16_autocast_gives_finite_numbers_near_the_exact_ones(self, network):
        images, text = draw_images(), self.texts()["some"]
        with torch.no_grad():
            exact = network(images, **text)
        with torch.autocast("cpu", torch.bfloat16):
            short = network(images, **text).detach().float()
            assert (short - exact).abs().mean() < 0.1 * exact.std()
            assert self.step(network, text).isfinite()
        assert all(w.grad.isfinite().all() for w in network.parameters() if w.requires_grad)

    @torch.no_grad()
    def test_explain_shows_maps_of_the_size_of_the_image(self, network, switches):
        for size in [(64, 96), (33, 65)]:
            images, text = draw_images(4, *size), self.texts()["some"]
            shown = network.explain(images, **text)
            assert torch.equal(shown["probability"], network(images, **text).sigmoid())
            facts = self.facts(**switches)
            assert set(shown) == {"probability", *self.maps(**switches), *facts}
            assert all(len(shown[name]) == 4 and shown[name].isfinite().all() for name in facts)
            for name in self.maps(**switches):
                assert shown[name].shape == (4, 1, *size), name
                assert shown[name].isfinite().all(), name
