"""What the kinds of message passing share."""

from __future__ import annotations

from typing import Any, Literal

import keras
import tensorflow as tf

from registry.contract.layer import BlockLayer, Shape
from registry.plugins.kernels.aggregation import exchange


class Steps(BlockLayer):
    """What the kinds of message passing share: the dense map before each exchange, and how steps follow each other.

    Where a stage asks for 16 bits the dense maps multiply in them; neighbours are weighted and summed in 32.

    Input shape: x [hits, features], neighbour_indices [hits, neighbours]. Output shape: [hits, features + 2 sum(n_t)].
    """

    n_feature_transformation: list[int]
    activation: str

    def setup(self) -> None:
        """Find the activation; distances are taken as they are."""
        self.autocast = False
        self._activation = keras.activations.get(self.activation)

    def _build_steps(self, width: int) -> None:
        """Make the kernel and bias of every step."""
        self._kernels, self._biases = [], []
        for step, units in enumerate(self.n_feature_transformation):
            self._kernels.append(self.add_weight(shape=(width, units), name=f"kernel_{step}"))
            self._biases.append(self.add_weight(shape=(units,), initializer="zeros", name=f"bias_{step}"))
            width = 2 * units

    def _transform(self, step: int, features: Any) -> Any:
        features = tf.cast(features, self.compute_dtype)
        made = self._activation(tf.nn.bias_add(features @ self._kernels[step], self._biases[step]))
        return tf.cast(made, self.variable_dtype)

    def _exchange(
        self,
        x: Any,
        distances: Any,
        indices: Any,
        decay: float | None = None,
        sumwnorm: bool = False,
        floor: float | None = None,
    ) -> Any:
        """Return [f_1 | ... | f_T | x]; without `decay` the distances are the weights."""
        features, messages = x, []
        normalise_by: Literal["sum_of_weights"] | None = "sum_of_weights" if sumwnorm else None
        for step in range(len(self.n_feature_transformation)):
            features = exchange(self._transform(step, features), distances, indices, decay, 0, normalise_by, floor)
            messages.append(features)
        return self._joined([*messages, x])

    def _joined(self, columns: list[Any]) -> Any:
        return tf.concat([tf.cast(item, self.compute_dtype) for item in columns], axis=-1)

    def compute_output_shape(self, x_shape: Shape) -> Shape:
        """Return [hits, features + 2 sum(n_t)]."""
        return (x_shape[0], int(x_shape[-1] or 0) + 2 * sum(self.n_feature_transformation))
