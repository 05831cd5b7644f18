"""The Keras layer of the features of pairs of hits."""

from __future__ import annotations

from functools import partial
from typing import Any

import keras

from registry.contract.layer import BlockLayer
from registry.plugins.graph.pair_features import block
from registry.plugins.graph.pair_features.pairs import pair_values, places
from registry.plugins.shared.in_blocks import in_blocks


@keras.saving.register_keras_serializable("registry")
class PairFeatures(BlockLayer):
    """Features of a hit and each neighbour.

    Input shape: coordinates [hits, 3], neighbour_indices [hits, K]. Output shape: [hits, K, expressions].
    """

    block = block.PairFeatures

    def setup(self) -> None:
        """Coordinates are not rounded."""
        self.autocast = False

    def call(self, coordinates: Any, neighbour_indices: Any) -> Any:
        """Return the features."""
        shape = [neighbour_indices.shape[1], len(self.columns)]
        return in_blocks(
            partial(pair_values, self.columns), neighbour_indices, *places(coordinates, self.centre), shape
        )

    def compute_output_spec(self, coordinates: Any, neighbour_indices: Any) -> Any:
        """Return [hits, K, expressions]."""
        shape = (*neighbour_indices.shape, len(self.columns))
        return keras.KerasTensor(shape, coordinates.dtype)
