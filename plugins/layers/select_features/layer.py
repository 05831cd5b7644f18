"""The Keras layer of the choice of columns."""

from __future__ import annotations

from typing import Any

import keras

from registry.contract.layer import BlockLayer, Shape
from registry.plugins.layers.select_features import block


@keras.saving.register_keras_serializable("registry")
class SelectFeatures(BlockLayer):
    """The columns `first` to `last`, without `last`.

    Input shape: [hits, features]. Output shape: [hits, last - first].
    """

    block = block.SelectFeatures

    def call(self, x: Any) -> Any:
        """Return the columns."""
        return x[:, self.first : self.last]

    def compute_output_shape(self, x_shape: Shape) -> Shape:
        """Return [hits, last - first]."""
        return (x_shape[0], self.last - self.first)
