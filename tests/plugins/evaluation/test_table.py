"""The table of scores."""

from __future__ import annotations

import numpy as np

from registry.plugins.evaluation.metrics import Score
from registry.plugins.evaluation.table import text

SCORES = {
    "nothing trained": {"all": Score(10, 40, np.full(2, 0.6))},
    "trained": {"all": Score(10, 10, np.full(9, 0.9)), "bhabha": Score(0, 0)},
}


def _words(line: str) -> str:
    return " ".join(line.split())


def test_every_row_has_values_with_errors_and_counts() -> None:
    lines = [_words(line) for line in text(SCORES).splitlines()]
    assert lines[0] == "sample clustering efficiency % purity % fake rate % objects clusters"
    assert lines[2] == "all nothing trained 20.0 +- 12.6 60.0 +- 0.0 95.0 +- 3.4 10 40"
    assert lines[3] == "all trained 90.0 +- 9.5 90.0 +- 0.0 10.0 +- 9.5 10 10"


def test_what_was_not_counted_is_a_dash() -> None:
    assert _words(text(SCORES).splitlines()[4]) == "bhabha trained - - - 0 0"


def test_columns_are_aligned() -> None:
    lines = text(SCORES).splitlines()
    assert len({len(line) for line in lines}) == 1


def test_response_and_resolution_appear_where_there_is_a_true_energy() -> None:
    score = Score(2, 2, np.ones(2), np.array([0.9, 1.1]))
    assert "response" in text({"trained": {"all": score}})
    assert "1.000 +- 0.100" in text({"trained": {"all": score}})


def test_an_error_that_is_unknown_is_left_out() -> None:
    line = text({"trained": {"all": Score(1, 1, np.ones(1))}}).splitlines()[2]
    assert "nan" not in line
