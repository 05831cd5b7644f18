"""The Keras layer that joins lists of neighbours."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from registry.contract.layer import BlockLayer
from registry.plugins.graph.neighbours import block


@keras.saving.register_keras_serializable("registry")
class JoinNeighbours(BlockLayer):
    """Several lists of neighbours as one, in which each neighbour stands once.

    Input shape: a list of [hits, K]. Output shape: [hits, sum of K].
    """

    block = block.JoinNeighbours

    def call(self, neighbour_indices: list[Any]) -> Any:
        """Return the joined lists; -1 where a neighbour has stood before."""
        joined = neighbour_indices[0]
        for more in neighbour_indices[1:]:
            known = tf.reduce_any(more[:, :, None] == joined[:, None], axis=2)
            joined = tf.concat([joined, tf.where(known, -tf.ones_like(more), more)], axis=1)
        return joined

    def compute_output_spec(self, neighbour_indices: list[Any]) -> Any:
        """Return [hits, sum of K]."""
        columns = sum(int(indices.shape[1]) for indices in neighbour_indices)
        return keras.KerasTensor((neighbour_indices[0].shape[0], columns), "int32")
