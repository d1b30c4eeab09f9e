"""A forward pass in bfloat16 where the processor has it."""

from __future__ import annotations

from typing import Any

import torch
from monai.inferers import SimpleInferer


class BFloat16OnCPUInferer(SimpleInferer):
    """One forward pass of the network under autocast to bfloat16 on a CPU.

    MONAI's engines cast on CUDA only (`amp`), with a gradient scaler. bfloat16 has float32's range and needs
    none; on a CPU with instructions for it (AVX-512 BF16, AMX) convolutions run about twice as fast.
    Elsewhere it would be slower, so the default asks the processor.

    Args:
        enabled: None asks the processor; True and False decide.
    """

    def __init__(self, enabled: bool | None = None) -> None:
        super().__init__()
        self.enabled = has_bfloat16() if enabled is None else enabled

    def __call__(self, inputs: torch.Tensor, network: Any, *args: Any, **kwargs: Any) -> Any:
        """Run the network; on any other device than a CPU nothing is cast here."""
        if inputs.device.type != "cpu":
            return super().__call__(inputs, network, *args, **kwargs)
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=self.enabled):
            return super().__call__(inputs, network, *args, **kwargs)


def has_bfloat16() -> bool:
    """Whether this processor multiplies bfloat16 matrices in hardware."""
    capabilities = torch.cpu.get_capabilities()
    return bool(capabilities.get("avx512_bf16") or capabilities.get("amx_bf16"))
