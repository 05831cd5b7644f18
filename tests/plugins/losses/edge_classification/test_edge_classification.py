"""The loss of edges against its formula."""

from __future__ import annotations

import numpy as np
import pytest

from tests.plugins.block_case import Case

INDICES = np.array([[1, 2], [0, -1], [3, 0], [2, 1], [-1, -1]])
TRUTH = np.array([[3], [3], [-1], [-1], [5]])
SCORE = np.array([[0.8, 0.3], [0.6, 0.0], [0.4, 0.1], [0.2, 0.7], [0.0, 0.0]])


@pytest.mark.parametrize(("form", "gamma"), [("binary_cross_entropy", 2.0), ("focal", 2.0), ("focal", 0.5)])
def test_links_within_an_object_are_1_and_all_others_those_of_noise_too_0(form: str, gamma: float) -> None:
    power = gamma if form == "focal" else 0.0
    total, linked = 0.0, 0
    for hit, row in enumerate(INDICES):
        costs = []
        for column, other in enumerate(row):
            if other >= 0:
                same = TRUTH[hit, 0] >= 0 and TRUTH[hit, 0] == TRUTH[other, 0]
                right = SCORE[hit, column] if same else 1 - SCORE[hit, column]
                costs.append(-((1 - right) ** power) * np.log(right) * (3.0 if same else 1.0))
        linked += bool(costs)
        total += np.mean(costs) if costs else 0.0
    case = Case("edge_classification:EdgeClassification", form=form, gamma=gamma, positive_weight=3.0, scale=0.5)
    inputs = {"edge_score": SCORE, "neighbour_indices": INDICES, "truth_index": TRUTH}
    found = case.layer(**{name: case._inputs(inputs)[name] for name in inputs})["loss"]
    assert float(found) == pytest.approx(0.5 * total / linked, rel=1e-5)
