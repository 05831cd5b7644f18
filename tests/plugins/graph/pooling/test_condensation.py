"""Selection and links of graph condensation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.plugins.block_case import Case, assert_close

SCORE = np.array([[0.9], [0.2], [0.3], [0.1], [0.4]])
EVENT = {"score": SCORE, "coordinates": np.arange(5.0)[:, None], "row_splits": [0, 3, 3, 5]}


def condense(parameters: dict[str, Any], **changes: Any) -> dict[str, Any]:
    out = Case("pooling:GraphCondensation", **{"K": 1, **parameters})(**{**EVENT, **changes})
    return {name: np.asarray(value) for name, value in out.items()}


def test_events_whose_scores_are_low_keep_their_best_hits_and_others_lose_nothing() -> None:
    out = condense({})
    assert out["kept_hits"][:, 0].tolist() == [0, 4]
    assert out["row_splits"].tolist() == [0, 1, 1, 2]
    assert out["neighbour_indices"][:, 0].tolist() == [-1, 0, 0, -1, -1]


def test_without_the_safeguard_an_event_can_lose_all_its_hits() -> None:
    assert condense({"safeguard": False})["row_splits"].tolist() == [0, 1, 1, 1]


def test_one_threshold_for_the_batch_keeps_more_of_other_events() -> None:
    score = np.array([[0.9], [0.45], [0.3], [0.1], [0.4]])
    assert condense({"batchwide_safeguard": True}, score=score)["kept_hits"][:, 0].tolist() == [0, 1, 4]


def test_promoted_hits_stay_without_being_linked_to() -> None:
    out = condense({}, always_promote=np.array([[0.0], [1], [0], [0], [0]]))
    assert out["kept_hits"][:, 0].tolist() == [0, 1, 4]
    assert out["neighbour_indices"][:, 0].tolist() == [-1, -1, 0, -1, -1]


def test_weights_of_links_fall_with_distance() -> None:
    score = np.array([[0.9], [0.8], [0.3], [0.1], [0.4]])
    out = condense({"K": 2}, score=score)
    nearness = np.exp([-1.0, -4.0])
    assert_close(out["weights"][2], np.exp(nearness) / np.exp(nearness).sum())


@pytest.mark.parametrize(("target", "direction"), [(0.1, 1), (0.9, -1)])
def test_the_threshold_moves_towards_the_wanted_share_in_training_only(target: float, direction: int) -> None:
    case = Case("pooling:GraphCondensation", reduction_target=target)
    case(training=False, **EVENT)
    assert case.layer.get_weights()[0] == pytest.approx(0.5)
    case(training=True, **EVENT)
    assert case.layer.get_weights()[0] == pytest.approx(0.5 + 0.5 * (0.4 - target) / 10)
    assert np.sign(case.layer.get_weights()[0] - 0.5) == direction
