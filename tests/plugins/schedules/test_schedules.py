"""What schedules say along a stage."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.contract.schedule import Schedule, State
from registry.loading.blocks import load_registry
from registry.wiring.schedules import schedule_of

REGISTRY = load_registry()
WRITTEN: list[dict[str, Any]] = [
    {"schedule": "constant", "peak": 0.5},
    {"schedule": "cosine", "peak": 0.5, "final": 0.1},
    {"schedule": "one_cycle", "peak": 0.5, "final": 0.1},
    {"schedule": "exponential", "peak": 0.5, "final": 0.1},
    {"schedule": "piecewise", "values": [0.5, 0.1], "boundaries": [0.4]},
    {"schedule": "on_plateau", "peak": 0.5},
]


def made(written: dict[str, Any], **more: Any) -> Schedule:
    return schedule_of({**written, **more}, REGISTRY)


def test_every_schedule_is_tried_here() -> None:
    known = {name for name, block in REGISTRY.blocks.items() if issubclass(block, Schedule)}
    assert known == {written["schedule"] for written in WRITTEN}


@pytest.mark.parametrize("written", WRITTEN, ids=lambda written: written["schedule"])
@given(warm_up=st.floats(0.01, 0.9), place=st.floats(0, 1))
def test_a_warm_up_rises_from_its_start_to_the_peak_and_nothing_is_larger(
    written: dict[str, Any], warm_up: float, place: float
) -> None:
    schedule = made(written, warm_up=warm_up, initial=0.05)
    assert schedule.at(0.0, {}) == pytest.approx(0.05)
    assert schedule.at(warm_up, {}) == pytest.approx(0.5)
    assert 0.05 - 1e-9 <= schedule.at(place, {}) <= 0.5 + 1e-9


@pytest.mark.parametrize(
    ("name", "middle", "end"),
    [("constant", 0.5, 0.5), ("cosine", 0.3, 0.1), ("exponential", 0.05**0.5, 0.1), ("piecewise", 0.1, 0.1)],
)
def test_the_middle_and_the_end(name: str, middle: float, end: float) -> None:
    schedule = made(next(item for item in WRITTEN if item["schedule"] == name))
    assert [schedule.at(place, {}) for place in (0.0, 0.5, 1.0)] == pytest.approx([0.5, middle, end])


def test_one_cycle_begins_and_ends_low() -> None:
    schedule = made({"schedule": "one_cycle", "peak": 1.0})
    assert [schedule.at(place, {}) for place in (0.0, 0.3, 1.0)] == pytest.approx([0.04, 1.0, 1e-4])


@pytest.mark.parametrize("cooldown", [0, 2])
def test_a_plateau_lets_the_rate_fall_as_keras_does(cooldown: int) -> None:
    losses = [1.0, 0.9, 0.95, 0.91, 0.90005, 0.8, 0.85, 0.85, 0.85, 0.85, 0.85, 0.85, 0.85, 0.7]
    schedule = made({"schedule": "on_plateau", "peak": 1.0, "factor": 0.5, "patience": 2, "cooldown": cooldown})
    state: State = {}
    rates = []
    for loss in losses:
        state = schedule.observe(loss, state)
        rates.append(schedule.value(0.5, state))
    expected = {
        0: [1, 1, 1, 0.5, 0.5, 0.5, 0.5, 0.25, 0.25, 0.125, 0.125, 0.0625, 0.0625, 0.0625],
        2: [1, 1, 1, 0.5, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.125, 0.125, 0.125, 0.125],
    }
    assert rates == keras_rates(losses, cooldown) == pytest.approx(expected[cooldown])


def keras_rates(losses: list[float], cooldown: int) -> list[float]:
    """Return the rates by the rule of Keras's ReduceLROnPlateau, written out."""
    rate, best, waited, resting, rates = 1.0, float("inf"), 0, 0, []
    for loss in losses:
        if resting > 0:
            resting -= 1
            waited = 0
        if loss < best - 1e-4:
            best, waited = loss, 0
        elif resting <= 0:
            waited += 1
            if waited >= 2:
                rate, resting, waited = rate * 0.5, cooldown, 0
        rates.append(rate)
    return rates
