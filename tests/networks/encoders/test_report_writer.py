from __future__ import annotations

import pytest
import torch
from tests.networks.toys import REPORTS

from textguide.networks.encoders.report_writer import ReportWriter, choose_rows
from textguide.text import load_tokenizer, parse_report, tokenize_reports, write_report


def test_sentence_number_is_its_bits_in_every_place():
    tokenizer = load_tokenizer()
    reports = tokenize_reports(tokenizer)
    writer = ReportWriter(reports, width=4).eval()
    bits = torch.tensor([[number >> zone & 1 for zone in range(6)] for number in range(64)])
    written, numbers = writer.choose(bits * 2.0 - 1, torch.zeros(64, 1))
    assert written.all()
    assert numbers.tolist() == list(range(64))
    for number, zones in enumerate(bits.tolist()):
        sentence = tokenizer.decode(writer.ids[number][writer.mask[number] > 0][1:-1])
        assert parse_report(sentence).zones == tuple(zones)
        assert reports[number] == tokenizer(write_report(zones))["input_ids"]


def test_words_of_place_are_the_three_zones_and_two_sides():
    tokenizer = load_tokenizer()
    writer = ReportWriter(tokenize_reports(tokenizer), width=4)
    words = {"upper", "middle", "lower", "left", "right"}
    assert {tokenizer.decode([number]).strip() for number in writer.places} == words
    assert not writer.says_place(torch.tensor(tokenizer("infected areas in both lungs")["input_ids"])).any()


def test_rows_of_two_lengths_are_chosen_and_filled_up():
    chosen = torch.tensor([True, False, True])
    short, long = torch.ones(3, 2), torch.full((3, 4), 2.0)
    expected = [[1, 1, 0, 0], [2, 2, 2, 2], [1, 1, 0, 0]]
    assert choose_rows(chosen, short, long, 0.0).tolist() == expected
    other = choose_rows(~chosen, long.unsqueeze(2), short.unsqueeze(2), 0.0)[..., 0]
    assert other.tolist() == expected
    padding = choose_rows(chosen, short < 0, long > 9, 1.0)
    assert padding.dtype == torch.bool
    assert padding.tolist() == [[False, False, True, True], [False] * 4, [False, False, True, True]]


@pytest.mark.parametrize(
    ("reports", "message"), [([[1]] * 32, "32 reports"), ([[1]] * 63 + [[]], "1 of them empty")]
)
def test_every_set_of_zones_needs_its_sentence(reports, message):
    with pytest.raises(ValueError, match=message):
        ReportWriter(reports, width=4)


def test_a_longer_table_is_padded():
    writer = ReportWriter(REPORTS, width=4, length=24)
    assert writer.features.shape == (64, 24, 4)
    assert writer(torch.tensor([0]))[1].sum() == 22
