"""How long a stage is, in epochs, steps of the optimiser or minutes."""

from __future__ import annotations

from typing import Any

import pytest

from registry.configuration.training_options import StageOptions
from registry.training.checkpoint import Position
from registry.training.lengths import is_over, is_spent, progress


def stage(**length: Any) -> StageOptions:
    return StageOptions(batch_size=1, learning_rate=0.1, **length)


@pytest.mark.parametrize(
    ("length", "position", "spent", "over", "done"),
    [
        ({"epochs": 4}, Position(0, 3), {}, False, 0.75),
        ({"epochs": 4}, Position(0, 4), {}, True, 1.0),
        ({"epochs": 4}, Position(0, 3, ended=True), {}, True, 0.75),
        ({"steps": 10}, Position(0, 9), {"updates": 5}, False, 0.5),
        ({"steps": 10}, Position(0, 1), {"updates": 10}, True, 1.0),
        ({"minutes": 0.5}, Position(0, 9), {"seconds": 15.0}, False, 0.5),
        ({"minutes": 0.5}, Position(0, 1), {"seconds": 31.0}, True, 1.0),
    ],
)
def test_a_stage_is_over_when_its_length_is_used_up(
    length: dict[str, Any], position: Position, spent: dict[str, float], over: bool, done: float
) -> None:
    options = stage(**length)
    assert is_over(options, position, spent) == over
    assert is_spent(options, spent) == (over and "epochs" not in length)
    assert progress(options, position.epoch, spent) == done
