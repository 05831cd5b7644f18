"""The Keras layer of the neighbour search."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from registry.contract.layer import BlockLayer
from registry.plugins.graph.neighbours import block
from registry.plugins.kernels.neighbours import nearest_neighbours


@keras.saving.register_keras_serializable("registry")
class Knn(BlockLayer):
    """The nearest neighbours of every hit within its event.

    Input shape: coordinates [hits, dimensions], row_splits [events + 1], direction [hits, 1] (optional).
    Output shape: neighbour_indices and squared_distances [hits, K + 1] (K without `return_self`).
    """

    block = block.Knn

    def call(self, coordinates: Any, row_splits: Any, direction: Any = None) -> dict[str, Any]:
        """Return the lists of neighbours and their distances."""
        indices, distances = nearest_neighbours(coordinates, row_splits, self.K, direction)
        if self.tf_compatible:
            indices = tf.where(indices < 0, indices[:, :1], indices)
        first = 0 if self.return_self else 1
        scale = self.reduction ** (-2 / coordinates.shape[-1])
        return {"neighbour_indices": indices[:, first:], "squared_distances": distances[:, first:] * scale}

    def compute_output_spec(self, coordinates: Any, row_splits: Any, direction: Any = None) -> dict[str, Any]:
        """Return the two shapes."""
        shape = (coordinates.shape[0], self.K + int(self.return_self))
        return {
            "neighbour_indices": keras.KerasTensor(shape, "int32"),
            "squared_distances": keras.KerasTensor(shape, self.compute_dtype),
        }
