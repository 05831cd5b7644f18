"""The Keras layer of message passing weighted by distance."""

from __future__ import annotations

from typing import Any

import keras

from registry.contract.layer import Shape
from registry.plugins.graph.message_passing import block
from registry.plugins.graph.message_passing.steps import Steps
from registry.plugins.shared.distance_weights import WEIGHT_SCALE


@keras.saving.register_keras_serializable("registry")
class MessagePassing(Steps):
    """Messages from neighbours, weighted by distance.

    Input shape: x [hits, features], neighbour_indices and squared_distances [hits, neighbours].
    Output shape: [hits, features + 2 sum(n_feature_transformation)].
    """

    block = block.MessagePassing

    def build(self, x_shape: Shape) -> None:
        """Make the kernel and bias of every step."""
        self._build_steps(int(x_shape[-1] or 0))

    def call(self, x: Any, neighbour_indices: Any, squared_distances: Any) -> Any:
        """Return the messages of all steps, then x."""
        if not self.exp_distances:
            return self._exchange(x, squared_distances, neighbour_indices, None, self.sumwnorm)
        return self._exchange(x, squared_distances, neighbour_indices, WEIGHT_SCALE, self.sumwnorm, floor=1e-3)
