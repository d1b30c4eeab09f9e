"""Show what differs when the contract fails, and keep toy tensors on one thread."""

from __future__ import annotations

import pytest
import torch

pytest.register_assert_rewrite("tests.networks.contract", "tests.networks.text_contract")


@pytest.fixture(autouse=True, scope="session")
def _one_thread():
    torch.set_num_threads(1)
