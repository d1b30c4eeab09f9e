"""The report of a network that writes one, beside its mask."""

from __future__ import annotations

from typing import Any

from monai.inferers import Inferer, SimpleInferer
from torch import Tensor
from torch.nn.parallel import DistributedDataParallel


class ReportInferer(Inferer):
    """Ask a network that writes reports for what it found, and not for its mask alone.

    The inferer inside is given `network.report` in place of `network`, so that the prediction is a dictionary
    with `logits` (B, 1, W, H) and `zone_logits` (B, 6). A network without `report` is run as it is, and so is
    one in training mode, whose output is a dictionary anyway. Inferers that cut an image (windows, slices)
    put logits together, and give these alone.

    Args:
        inferer: how the network is run; MONAI's `SimpleInferer` by default.
        without_text: hand over the image alone: a network that writes its own sentence is validated by that.
    """

    def __init__(self, inferer: Inferer | None = None, without_text: bool = False) -> None:
        super().__init__()
        self.without_text = without_text
        self.inferer = SimpleInferer() if inferer is None else inferer

    def __call__(self, inputs: Tensor, network: Any, *args: Any, **kwargs: Any) -> Any:
        """Run the network.

        Args:
            inputs: images (B, C, W, H), float.
            network: called by the inferer inside, or its `report` is.
            args: arguments beside the image.
            kwargs: the same by name, such as `input_ids` and `attention_mask` (B, L).

        Returns:
            What the inferer inside returns.
        """
        plain = network.module if isinstance(network, DistributedDataParallel) else network
        writes = hasattr(plain, "report") and not getattr(plain, "training", False)
        if self.without_text:
            args, kwargs = (), {}
        return self.inferer(inputs, plain.report if writes else network, *args, **kwargs)
