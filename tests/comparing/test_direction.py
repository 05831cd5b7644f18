from __future__ import annotations

import pytest

from registry.comparing.direction import direction_of


@pytest.mark.parametrize(
    ("metric", "better"),
    [
        ("validation/loss", "min"),
        ("validation/loss.attractive", "min"),
        ("clusters/efficiency", "max"),
        ("clusters/fake_rate", "min"),
        ("evaluation/test/f1", "max"),
        ("evaluation/test/merge_rate", "min"),
        ("evaluation/test/position_residual", "min"),
        ("evaluation/test/time_residual", None),
        ("evaluation/test/response", None),
        ("train/learning_rate", None),
    ],
)
def test_names_say_what_is_better_and_figures_of_merit_declare_it(metric: str, better: str | None) -> None:
    assert direction_of(metric) == better
