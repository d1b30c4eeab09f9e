from __future__ import annotations

import pytest
import torch

from textguide.engines import warmup_cosine


def rates(steps: int, **options) -> list[float]:
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.4)
    schedule = warmup_cosine(optimizer, **options)
    found = []
    for _ in range(steps):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    return found


def test_it_rises_linearly_falls_by_a_cosine_and_stays_at_the_minimum():
    found = rates(14, warmup=4, total=12, minimum=0.1)
    assert found[:5] == pytest.approx([0.1, 0.2, 0.3, 0.4, 0.4])
    assert found[8] == pytest.approx(0.4 * (0.1 + 0.9 / 2)), "half-way between peak and minimum"
    assert found[12:] == pytest.approx([0.04, 0.04])
    assert found[4:13] == sorted(found[4:13], reverse=True)


def test_without_warm_up_it_starts_at_the_peak():
    assert rates(1, warmup=0, total=3) == [0.4]


def test_a_resumed_schedule_goes_on_where_it_was():
    def build():
        optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.4)
        return optimizer, warmup_cosine(optimizer, warmup=2, total=9)

    optimizer, schedule = build()
    for _ in range(5):
        optimizer.step()
        schedule.step()
    again, resumed = build()
    again.load_state_dict(optimizer.state_dict())
    resumed.load_state_dict(schedule.state_dict())
    for _ in range(4):
        for part in (optimizer, schedule, again, resumed):
            part.step()
        assert again.param_groups[0]["lr"] == optimizer.param_groups[0]["lr"]


@pytest.mark.parametrize(("total", "rise"), [(1, [1.0]), (2, [1.0, 1.0]), (3, [1.0]), (4, [0.5, 1.0])])
def test_the_warm_up_is_never_longer_than_half_of_the_training(total: int, rise: list[float]):
    found = rates(total, warmup=3, total=total)
    assert found[: len(rise)] == pytest.approx([0.4 * share for share in rise])


@pytest.mark.parametrize("options", [{"warmup": 0, "total": 0}, {"warmup": -1, "total": 5}])
def test_a_training_of_no_steps_and_a_negative_warm_up_are_refused(options):
    with pytest.raises(ValueError, match=r"1 step \(epoch\) or more is needed, and a warm-up of 0 or more"):
        rates(1, **options)


def test_a_minimum_that_is_no_share_is_refused():
    with pytest.raises(ValueError, match="minimum is 2"):
        rates(1, warmup=0, total=5, minimum=2)
