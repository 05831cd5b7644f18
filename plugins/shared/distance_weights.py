"""How much a neighbour counts."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

WEIGHT_SCALE = 10.0
"""Factor of the squared distance, as in HGCalML's RaggedGravNet and DistanceWeightedMessagePassing."""


def distance_weights(squared_distances: Any) -> Any:
    """Return `exp(-10 d2)`, the weight of a neighbour at squared distance d2, of the shape of the distances."""
    return tf.exp(-WEIGHT_SCALE * squared_distances)
