"""The Keras layer that puts features of links side by side."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from registry.contract.layer import BlockLayer, Shape
from registry.plugins.graph.link_networks import block


@keras.saving.register_keras_serializable("registry")
class ConcatenateLinks(BlockLayer):
    """Features of links side by side.

    Input shape: a list of [hits, K, features]. Output shape: [hits, K, sum of features].
    """

    block = block.ConcatenateLinks

    def call(self, link_features: list[Any]) -> Any:
        """Return the joined features."""
        return tf.concat(link_features, axis=-1)

    def compute_output_shape(self, link_features_shape: list[Shape]) -> Shape:
        """Return [hits, K, sum of features]."""
        return (*link_features_shape[0][:-1], sum(int(shape[-1] or 0) for shape in link_features_shape))
