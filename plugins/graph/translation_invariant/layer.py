"""The Keras layer of translation-invariant message passing."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from registry.contract.layer import BlockLayer, Shape
from registry.plugins.graph.translation_invariant import block
from registry.plugins.kernels.aggregation import aggregate
from registry.plugins.shared.distance_weights import distance_weights
from registry.plugins.shared.sphere import sphere

PADDING = -2.0
"""What a missing neighbour counts as when maxima are gathered."""


@keras.saving.register_keras_serializable("registry")
class TranslationInvariantMessagePassing(BlockLayer):
    """Messages that depend on differences of features only.

    Input shape: x [hits, features], neighbour_indices [hits, neighbours], squared_distances (optional) the same.
    Output shape: [hits, sum(n_feature_transformation)].
    """

    block = block.TranslationInvariantMessagePassing

    def setup(self) -> None:
        """Find the activation."""
        self._activation = keras.activations.get(self.activation)

    def build(self, x_shape: Shape) -> None:
        """Make the kernel of every step, and the bias of all but the first."""
        width, self._kernels, self._biases = int(x_shape[-1] or 0), [], []
        for step, units in enumerate(self.n_feature_transformation):
            kernel = self.add_weight(shape=(width, units), initializer="he_normal", name=f"kernel_{step}")
            self._kernels.append(kernel)
            if step:
                self._biases.append(self.add_weight(shape=(units,), initializer="zeros", name=f"bias_{step}"))
            width = units

    def call(self, x: Any, neighbour_indices: Any, squared_distances: Any = None) -> Any:
        """Return the features of all steps."""
        if squared_distances is None:
            weights = tf.ones_like(neighbour_indices, x.dtype)
        else:
            weights = distance_weights(squared_distances)
        features, steps = x, []
        for step, kernel in enumerate(self._kernels):
            features = sphere(features, centre=False)[0] if self.layer_norm else features
            gather = self._mean if self.mean else self._maximum
            mapped = gather(features, weights, neighbour_indices, step == 0) @ kernel
            features = self._activation(mapped + self._biases[step - 1] if step else mapped)
            steps.append(features)
        return tf.concat(steps, axis=-1)

    def _mean(self, features: Any, weights: Any, indices: Any, first: bool) -> Any:
        found = aggregate(features, weights, indices, maximum=False)
        columns = float(indices.shape[1])
        if first:
            known = tf.where(indices >= 0, weights, 0)
            # A product as in the aggregation: a lone hit is left with 0, and no rounding that a sphere enlarges.
            found -= features * (tf.reduce_sum(known, axis=1, keepdims=True) * (1 / columns))
        if self.sum_weight:
            found *= columns / (tf.reduce_sum(weights, axis=1, keepdims=True) + 1e-2)
        return found

    def _maximum(self, features: Any, weights: Any, indices: Any, first: bool) -> Any:
        known = indices >= 0
        # An aggregation that starts with a missing neighbour starts at 0: let a known one, if any, be listed first.
        first_known = tf.argmax(known, axis=1)
        lead_weights, lead = (tf.gather(v, first_known, batch_dims=1)[:, None] for v in (weights, indices))
        weights_led, led = tf.concat([lead_weights, weights[:, 1:]], 1), tf.concat([lead, indices[:, 1:]], 1)
        lowest = features.dtype.min
        best = tf.where(lead >= 0, aggregate(features, weights_led, led, mean=False), lowest)
        missing = tf.reduce_max(tf.where(known, lowest, PADDING * weights), axis=1, keepdims=True)
        return tf.maximum(best, missing) - features

    def compute_output_shape(
        self, x_shape: Shape, neighbour_indices_shape: Shape, squared_distances_shape: Shape | None = None
    ) -> Shape:
        """Return [hits, sum(n_t)]."""
        return (x_shape[0], sum(self.n_feature_transformation))
