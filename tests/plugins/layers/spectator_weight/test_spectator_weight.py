"""The weight of spectators."""

from __future__ import annotations

import numpy as np

from tests.plugins.block_case import Case, assert_close

SCORE = np.array([[4.9], [5.1]])


def test_what_is_far_from_the_axis_is_a_spectator() -> None:
    assert_close(Case("spectator_weight:SpectatorWeight")(truth_spectator=SCORE), [[0], [0.9]])
    case = Case("spectator_weight:SpectatorWeight", threshold=1.0, minimum=0.25)
    assert_close(case(truth_spectator=SCORE), [[0.75], [0.75]])


def test_inactive_the_score_is_handed_on() -> None:
    assert_close(Case("spectator_weight:SpectatorWeight", active=False)(truth_spectator=SCORE), SCORE)
