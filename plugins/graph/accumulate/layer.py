"""The Keras layer of the accumulation over neighbours."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from registry.contract.layer import BlockLayer, Shape
from registry.plugins.graph.accumulate import block
from registry.plugins.kernels.aggregation import aggregate


@keras.saving.register_keras_serializable("registry")
class Accumulate(BlockLayer):
    """Weighted mean and maximum over neighbours.

    Input shape: x [sources, features], neighbour_indices and distances [hits, neighbours].
    Output shape: [hits, 2 features], or [hits, features] if one part is wanted.
    """

    block = block.Accumulate

    def call(self, x: Any, neighbour_indices: Any, distances: Any = None) -> Any:
        """Return what each hit gathers."""
        exponential = self.weighting == "exponential"
        if distances is None:
            weights = tf.ones_like(neighbour_indices, x.dtype)
        else:
            weights = tf.exp(-self.scale * distances) if exponential else self.scale * distances
        return aggregate(
            x,
            weights,
            neighbour_indices,
            mean=self.mean,
            maximum=self.maximum,
            normalise_by="sum_of_weights" if self.sumwnorm else None,
            floor=1e-3 if exponential else None,
        )

    def compute_output_shape(
        self, x_shape: Shape, neighbour_indices_shape: Shape, distances_shape: Shape | None = None
    ) -> Shape:
        """Return [hits, parts features]."""
        return (neighbour_indices_shape[0], (int(self.mean) + int(self.maximum)) * int(x_shape[-1] or 0))
