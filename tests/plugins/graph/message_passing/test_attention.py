"""Message passing with attention against a plain computation."""

from __future__ import annotations

import numpy as np

from tests.plugins.block_case import Case, assert_close
from tests.plugins.formulas import elu, sigmoid

INDICES = np.array([[0, 1], [1, 2], [2, -1]])
DISTANCES = np.array([[0, 0.1], [0, 0.05], [0, 0]])


def test_two_steps_follow_the_formula() -> None:
    random = np.random.default_rng(0)
    x = random.normal(size=(3, 4))
    inputs = {"x": x, "neighbour_indices": INDICES, "squared_distances": DISTANCES}
    case = Case("message_passing:AttentionMessagePassing", n_feature_transformation=[3, 2], pos_embedding=5)
    case(**inputs)
    weights = [random.normal(size=weight.shape) for weight in case.layer.get_weights()]
    case.layer.set_weights(weights)
    dense, attention, (embed, embed_bias) = weights[:4], weights[4:8], weights[8:]
    known = INDICES >= 0
    places = np.maximum(INDICES, 0)
    e = np.where(known[:, :, None], elu(x @ embed + embed_bias)[places], -2).reshape(3, 10)
    f, out = x, [x]
    for step in range(2):
        logits = np.concatenate([f, e], 1) @ attention[2 * step] + attention[2 * step + 1]
        w = np.exp(-10 * DISTANCES) * sigmoid(logits)
        g = elu(f @ dense[2 * step] + dense[2 * step + 1])
        values = w[:, :, None] * g[places]
        mean = np.where(known[:, :, None], values, 0).sum(1) / 2
        best = np.where(known[:, :, None], values, -np.inf).max(1)
        f = 2 * np.concatenate([mean, best], 1) - np.concatenate([g, g], 1)
        out.append(f)
    assert_close(case(**inputs), np.concatenate(out, 1))
