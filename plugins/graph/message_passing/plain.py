"""The Keras layer of message passing among neighbours that count the same."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from registry.contract.layer import Shape
from registry.plugins.graph.message_passing import block
from registry.plugins.graph.message_passing.steps import Steps


@keras.saving.register_keras_serializable("registry")
class PlainMessagePassing(Steps):
    """Messages from neighbours that all count the same.

    Input shape: x [hits, features], neighbour_indices [hits, neighbours].
    Output shape: [hits, features + 2 sum(n_feature_transformation)].
    """

    block = block.PlainMessagePassing

    def build(self, x_shape: Shape) -> None:
        """Make the kernel and bias of every step."""
        self._build_steps(int(x_shape[-1] or 0))

    def call(self, x: Any, neighbour_indices: Any) -> Any:
        """Return the messages of all steps, then x."""
        return self._exchange(x, tf.ones_like(neighbour_indices, self.variable_dtype), neighbour_indices)
