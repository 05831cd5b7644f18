"""The Keras layer that chooses rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import tensorflow as tf

from registry.contract.layer import BlockLayer
from registry.plugins.graph.random_sampling import block


@keras.saving.register_keras_serializable("registry")
class SelectHits(BlockLayer):
    """The rows of chosen hits.

    Input shape: kept_hits [kept, 1], rest: columns [hits, ...] by name. Output shape: [kept, ...] by the same names.
    """

    block = block.SelectHits

    def call(self, kept_hits: Any, rest: Mapping[str, Any], row_splits: Any = None) -> dict[str, Any]:
        """Return the chosen rows."""
        return {name: tf.gather(column, kept_hits[:, 0]) for name, column in rest.items()}

    def compute_output_spec(self, kept_hits: Any, rest: Mapping[str, Any], row_splits: Any = None) -> dict[str, Any]:
        """Return the shapes."""
        kept = kept_hits.shape[0]
        return {name: keras.KerasTensor((kept, *column.shape[1:]), column.dtype) for name, column in rest.items()}
