"""The learning rate follows the schedule of a stage."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.training.strategies.helpers import assert_resumed_alike
from tests.training.test_resuming import recorded

pytestmark = pytest.mark.slow

STAGES = (
    "batch_size: 800, epochs: 1, learning_rate: {schedule: one_cycle, peak: 0.01}",
    "batch_size: 800, epochs: 3, learning_rate: {schedule: on_plateau, peak: 0.01, patience: 1, min_delta: 100.0}",
    "batch_size: 800, steps: 3, learning_rate: {schedule: piecewise, values: [0.01, 0.001], boundaries: [0.5]}",
)


@pytest.mark.long
def test_a_run_that_is_stopped_goes_on_along_its_schedules(tmp_path: Path) -> None:
    whole, _ = assert_resumed_alike(tmp_path, STAGES, 10)
    rates = [metrics["train/learning_rate"] for _, metrics in recorded(whole) if "train/learning_rate" in metrics]
    assert whole.run.step == 4 * whole_epoch(whole) + 3
    assert rates[-1] == pytest.approx(0.001)
    assert {round(rate, 6) for rate in rates} >= {0.01, 0.001}


def whole_epoch(trainer: object) -> int:
    return len(trainer.run.feed.batches("train", 800, 0))  # type: ignore[attr-defined]
