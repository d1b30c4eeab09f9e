from __future__ import annotations

import pytest
import torch
from monai.data import MetaTensor
from tests.inferers.toy_network import TextSensitiveNetwork, toy_text

from textguide.inferers import TextSliceInferer


def by_hand(volumes, network, text, axis):
    """Each slice of each volume alone."""
    rows = []
    for number, volume in enumerate(volumes):
        own = {key: value[number : number + 1] for key, value in text.items()}
        slices = [network(part[None], **own)[0] for part in volume.unbind(axis + 1)]
        rows.append(torch.stack(slices, dim=axis + 1))
    return torch.stack(rows)


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("batch_size", [1, 2, 4, 50])
def test_every_slice_meets_the_text_of_its_own_volume(axis, batch_size):
    network, volumes, text = TextSensitiveNetwork().eval(), torch.randn(3, 1, 6, 5, 4), toy_text(3)
    expected = by_hand(volumes, network, text, axis)
    network.calls.clear()
    found = TextSliceInferer(spatial_dim=axis, batch_size=batch_size)(volumes, network, **text)
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=0)
    assert max(network.calls) == min(batch_size, 3 * volumes.shape[axis + 2])


def test_images_are_run_as_they_are():
    network, images, text = TextSensitiveNetwork().eval(), torch.randn(5, 1, 6, 7), toy_text(5)
    found = TextSliceInferer(batch_size=2)(images, network, **text)
    torch.testing.assert_close(found, network(images, **text), atol=1e-5, rtol=0)


def test_one_text_serves_all_volumes_and_no_text_none():
    network, volumes, text = TextSensitiveNetwork().eval(), torch.randn(2, 1, 6, 5, 3), toy_text(1)
    inferer = TextSliceInferer()
    twice = {key: value.repeat(2, 1) for key, value in text.items()}
    assert torch.equal(inferer(volumes, network, **text), inferer(volumes, network, **twice))
    without = inferer(volumes, network, input_ids=None, attention_mask=None)
    assert torch.equal(without, inferer(volumes, network))
    assert not torch.equal(without, inferer(volumes, network, **text))


def test_positional_text_and_a_training_output_work_too():
    network, volumes, text = TextSensitiveNetwork().train(), torch.randn(2, 1, 6, 5, 3), toy_text(2)
    found = TextSliceInferer()(volumes, network, text["input_ids"], text["attention_mask"])
    torch.testing.assert_close(found, by_hand(volumes, network.eval(), text, 2), atol=1e-5, rtol=0)


def test_the_geometry_of_the_volume_is_kept():
    affine = torch.diag(torch.tensor([0.7, 0.7, 3.0, 1.0], dtype=torch.float64))
    volume = MetaTensor(torch.randn(1, 1, 6, 5, 4), affine=affine, meta={"filename_or_obj": "volume.nii.gz"})
    found = TextSliceInferer()(volume, TextSensitiveNetwork().eval(), **toy_text(1))
    assert isinstance(found, MetaTensor)
    assert torch.equal(found.affine, volume.affine)
    assert found.meta["filename_or_obj"] == "volume.nii.gz"


def test_what_does_not_fit_is_refused():
    network = TextSensitiveNetwork()
    with pytest.raises(ValueError, match="input_ids has the shape .2, 4. beside 3 images"):
        TextSliceInferer()(torch.randn(3, 1, 6, 5, 4), network, **toy_text(2))
    with pytest.raises(ValueError, match=r"inputs have the shape \(6, 5\)"):
        TextSliceInferer()(torch.randn(6, 5), network)
    with pytest.raises(ValueError, match="spatial_dim is 3"):
        TextSliceInferer(spatial_dim=3)
