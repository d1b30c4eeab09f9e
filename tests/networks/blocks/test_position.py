from __future__ import annotations

import math

import torch

from textguide.networks.blocks.position import grid_code, sequence_code


def at(code: torch.Tensor, height: int, x: int, y: int) -> torch.Tensor:
    return code[0, x * height + y]


def test_one_place_has_one_code_at_every_resolution():
    like = torch.empty(1, 1, 16)
    small, large, flat = grid_code(3, 5, like), grid_code(9, 15, like), grid_code(9, 5, like)
    for x in range(3):
        for y in range(5):
            place = at(small, 5, x, y)
            torch.testing.assert_close(at(large, 15, 3 * x + 1, 3 * y + 1), place)
            torch.testing.assert_close(at(flat, 5, 3 * x + 1, y), place)


def test_the_grid_codes_x_in_one_half_and_y_in_the_other_in_the_order_of_a_flattened_map():
    code = grid_code(4, 6, torch.empty(1, 1, 16)).transpose(1, 2).reshape(16, 4, 6)
    assert torch.equal(code[:8], code[:8, :, :1].expand(8, 4, 6))
    assert torch.equal(code[8:], code[8:, :1, :].expand(8, 4, 6))


def test_no_two_places_of_a_map_share_a_code():
    code = grid_code(28, 20, torch.empty(1, 1, 16))[0]
    assert torch.cdist(code, code).fill_diagonal_(1.0).min() > 0.05


def test_the_sequence_code_is_the_sinusoid_of_the_transformer():
    code = sequence_code(torch.empty(2, 7, 6, dtype=torch.float64))
    assert code.shape == (1, 7, 6)
    assert code.dtype == torch.float64
    for token in range(7):
        for pair in range(3):
            angle = token / 10000 ** (2 * pair / 6)
            wave = torch.tensor([math.sin(angle), math.cos(angle)], dtype=torch.float64)
            torch.testing.assert_close(code[0, token, 2 * pair : 2 * pair + 2], wave, atol=1e-6, rtol=0)
