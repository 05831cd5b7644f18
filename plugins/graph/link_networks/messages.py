"""The Keras layer of gated message passing."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from registry.contract.layer import Shape
from registry.plugins.graph.link_networks import block
from registry.plugins.graph.link_networks.layers import LinkLayers, times

OFFSET = 0.1
"""Added to sums of gates."""


@keras.saving.register_keras_serializable("registry")
class GatedMessagePassing(LinkLayers):
    """Messages along links that have features of their own; see the block for the formula.

    Input shape: x [hits, features], neighbour_indices [hits, K], link_features [hits, K, pair] (optional). Output
    shape: x [hits, 2 units + gates (gate_width + 1)], links [hits, K, units].
    """

    block = block.GatedMessagePassing

    def build(
        self, x_shape: Shape, neighbour_indices_shape: Shape | None = None, link_features_shape: Shape | None = None
    ) -> None:
        """Make the layers on links, and the gates."""
        self.build_layers(x_shape, link_features_shape)
        if self.gates:
            width = self.gates * self.gate_width
            self._value = self.add_weight(shape=(int(x_shape[-1] or 0), width), name="value_kernel")
            self._gate = self.add_weight(shape=(self.units[-1], self.gates), name="gate_kernel")
            self._gate_bias = self.add_weight(shape=(self.gates,), initializer="zeros", name="gate_bias")

    def call(self, x: Any, neighbour_indices: Any, link_features: Any = None) -> dict[str, Any]:
        """Return what a hit's links gave, and the links."""
        known = tf.cast(neighbour_indices >= 0, x.dtype)
        links = self.links(x, neighbour_indices, link_features)
        there = known[:, :, None] > 0
        links = tf.where(there, links, tf.zeros_like(links))
        count = tf.reduce_sum(known, axis=1, keepdims=True)
        mean = tf.math.divide_no_nan(tf.reduce_sum(links, axis=1), count)
        best = tf.reduce_max(tf.where(there, links, tf.fill(tf.shape(links), links.dtype.min)), axis=1)
        columns = [mean, tf.where(count > 0, best, tf.zeros_like(best))]
        if self.gates:
            columns += self._gated(x, neighbour_indices, links, known)
        return {"x": tf.concat(columns, axis=1), "links": links}

    def _gated(self, x: Any, neighbour_indices: Any, links: Any, known: Any) -> list[Any]:
        gates = tf.sigmoid(times(links, self._gate) + self._gate_bias) * known[:, :, None]
        values = tf.gather(x @ self._value, tf.maximum(neighbour_indices, 0))
        shape = [-1, neighbour_indices.shape[1], self.gates, self.gate_width]
        total = tf.reduce_sum(gates, axis=1)
        found = tf.reduce_sum(gates[..., None] * tf.reshape(values, shape), axis=1) / (total[..., None] + OFFSET)
        return [tf.reshape(found, [-1, self.gates * self.gate_width]), tf.math.log(total + OFFSET)]

    def compute_output_spec(self, x: Any, neighbour_indices: Any, link_features: Any = None) -> dict[str, Any]:
        """Return the two shapes."""
        width = 2 * self.units[-1] + self.gates * (self.gate_width + 1)
        return {
            "x": keras.KerasTensor((x.shape[0], width), self.compute_dtype),
            "links": keras.KerasTensor((*neighbour_indices.shape, self.units[-1]), self.compute_dtype),
        }
