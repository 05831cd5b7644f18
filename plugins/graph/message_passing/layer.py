"""The Keras layers of message passing."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from registry.contract.layer import BlockLayer
from registry.plugins.kernels.aggregation import aggregate

Shape = tuple[int | None, ...]

WEIGHT_SCALE = 10.0
"""A neighbour at squared distance d2 counts exp(-10 d2)."""


class Steps(BlockLayer):
    """What the kinds of message passing share: the dense map before each exchange, and how steps follow each other.

    Input shape: x [hits, features], neighbour_indices [hits, neighbours]. Output shape: [hits, features + 2 sum(n_t)].
    """

    n_feature_transformation: list[int]

    def _build_steps(self, width: int) -> None:
        self._kernels, self._biases = [], []
        for step, units in enumerate(self.n_feature_transformation):
            self._kernels.append(self.add_weight(shape=(width, units), name=f"kernel_{step}"))
            self._biases.append(self.add_weight(shape=(units,), initializer="zeros", name=f"bias_{step}"))
            width = 2 * units

    def _transform(self, step: int, features: Any) -> Any:
        return self._activation(features @ self._kernels[step] + self._biases[step])

    def _exchange(self, x: Any, weights: Any, indices: Any, sumwnorm: bool = False, floor: float | None = None) -> Any:
        """Return [f_1 | ... | f_T | x]."""
        features, messages = x, []
        for step in range(len(self.n_feature_transformation)):
            own = self._transform(step, features)
            found = aggregate(own, weights, indices, normalise_by="sum_of_weights" if sumwnorm else None, floor=floor)
            features = found - tf.concat([own, own], axis=-1)
            messages.append(features)
        return tf.concat([*messages, x], axis=-1)

    def _width(self, features: int | None) -> int:
        return int(features or 0) + 2 * sum(self.n_feature_transformation)


@keras.saving.register_keras_serializable("registry")
class MessagePassing(Steps):
    """Messages from neighbours, weighted by distance (blocks.md 3.4).

    Input shape: x [hits, features], neighbour_indices and squared_distances [hits, neighbours].
    Output shape: [hits, features + 2 sum(n_feature_transformation)].
    """

    def __init__(
        self,
        *,
        n_feature_transformation: list[int],
        sumwnorm: bool = False,
        activation: str = "relu",
        exp_distances: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.n_feature_transformation = n_feature_transformation
        self.sumwnorm = sumwnorm
        self.activation = activation
        self.exp_distances = exp_distances
        self._activation = keras.activations.get(activation)

    def build(self, x_shape: Shape) -> None:
        """Make the kernel and bias of every step."""
        self._build_steps(int(x_shape[-1] or 0))

    def call(self, x: Any, neighbour_indices: Any, squared_distances: Any) -> Any:
        """Return the messages of all steps, then x."""
        weights = tf.exp(-WEIGHT_SCALE * squared_distances) if self.exp_distances else squared_distances
        floor = 1e-3 if self.exp_distances else None
        return self._exchange(x, weights, neighbour_indices, self.sumwnorm, floor)

    def compute_output_shape(
        self, x_shape: Shape, neighbour_indices_shape: Shape, squared_distances_shape: Shape
    ) -> Shape:
        """Return [hits, features + 2 sum(n_t)]."""
        return (x_shape[0], self._width(x_shape[-1]))


@keras.saving.register_keras_serializable("registry")
class PlainMessagePassing(Steps):
    """Messages from neighbours that all count the same (blocks.md 3.4).

    Input shape: x [hits, features], neighbour_indices [hits, neighbours].
    Output shape: [hits, features + 2 sum(n_feature_transformation)].
    """

    def __init__(self, *, n_feature_transformation: list[int], activation: str = "relu", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.n_feature_transformation = n_feature_transformation
        self.activation = activation
        self._activation = keras.activations.get(activation)

    def build(self, x_shape: Shape) -> None:
        """Make the kernel and bias of every step."""
        self._build_steps(int(x_shape[-1] or 0))

    def call(self, x: Any, neighbour_indices: Any) -> Any:
        """Return the messages of all steps, then x."""
        return self._exchange(x, tf.ones_like(neighbour_indices, x.dtype), neighbour_indices)

    def compute_output_shape(self, x_shape: Shape, neighbour_indices_shape: Shape) -> Shape:
        """Return [hits, features + 2 sum(n_t)]."""
        return (x_shape[0], self._width(x_shape[-1]))
