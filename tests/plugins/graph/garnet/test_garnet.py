"""GarNet against a plain computation."""

from __future__ import annotations

import numpy as np

from tests.plugins.block_case import Case, assert_close


def test_hits_exchange_through_the_aggregators_of_their_event() -> None:
    random = np.random.default_rng(0)
    x, row_splits = random.normal(size=(7, 3)), [0, 4, 4, 7]
    case = Case("garnet:GarNet", n_aggregators=2, n_filters=5, n_propagate=3)
    case(x=x, row_splits=row_splits)
    weights = [0.5 * random.normal(size=weight.shape) for weight in case.layer.get_weights()]
    case.layer.set_weights(weights)
    gather, gather_bias, distance, distance_bias, output, output_bias = weights
    w = np.exp(-((x @ distance + distance_bias) ** 2))
    f = np.concatenate([x @ gather + gather_bias, w], 1)
    parts = [x]
    for aggregator in range(2):
        weighted, returned = w[:, aggregator, None] * f, np.zeros((7, 10))
        for first, last in ((0, 4), (4, 7)):
            part = weighted[first:last]
            returned[first:last] = np.concatenate([part.max(0), part.mean(0)])
        parts.append(w[:, aggregator, None] * returned)
    expected = np.tanh(np.concatenate([*parts, w], 1) @ output + output_bias)
    assert_close(case(x=x, row_splits=row_splits), expected)
