"""The rating of links against a plain computation."""

from __future__ import annotations

import numpy as np

from tests.plugins.block_case import Case, assert_close
from tests.plugins.formulas import elu, softmax


def test_links_and_the_choice_of_none_follow_the_formula() -> None:
    random = np.random.default_rng(5)
    x, links = random.normal(size=(4, 3)), np.array([[1, 2], [0, -1], [3, 0], [-1, -1]])
    distances = np.where(links >= 0, random.uniform(0, 2, size=(4, 2)), 0)
    inputs = {"x": x, "neighbour_indices": links, "squared_distances": distances}
    case = Case("pooling:CondensationEdges", edge_dense=[5], pre_nodes=4)
    case(**inputs)
    weights = [random.normal(size=weight.shape) for weight in case.layer.get_weights()]
    case.layer.set_weights(weights)
    u = elu(x @ weights[0] + weights[1])
    rows = []
    for hit in range(4):
        parts = [
            np.append(u[hit] - (u[other] if other >= 0 else 0), d2)
            for other, d2 in zip(links[hit], distances[hit], strict=True)
        ]
        rows.append(np.concatenate(parts))
    rated = elu(np.array(rows) @ weights[2] + weights[3]) @ weights[4] + weights[5]
    itself = elu(x @ weights[6] + weights[7]) @ weights[8] + weights[9]
    assert_close(case(**inputs), softmax(np.concatenate([itself, rated], 1)))
