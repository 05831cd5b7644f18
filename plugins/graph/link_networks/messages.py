"""The Keras layer of gated message passing."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from registry.contract.layer import Shape
from registry.plugins.graph.link_networks import block
from registry.plugins.graph.link_networks.layers import LinkLayers, times
from registry.plugins.shared.in_blocks import Tensors, in_blocks

OFFSET = 0.1
"""Added to sums of gates."""


@keras.saving.register_keras_serializable("registry")
class GatedMessagePassing(LinkLayers):
    """Messages along links that have features of their own; see the block for the formula.

    Input shape: x [hits, features], neighbour_indices [hits, K], link_features [hits, K, pair] (optional),
    coordinates [hits, 3] (with `pair_columns`). Output shape: x [hits, 2 units + gates (gate_width + 1)], links
    [hits, K, units] with `return_links`.
    """

    block = block.GatedMessagePassing

    def build(
        self,
        x_shape: Shape,
        neighbour_indices_shape: Shape | None = None,
        link_features_shape: Shape | None = None,
        coordinates_shape: Shape | None = None,
    ) -> None:
        """Make the layers on links, and the gates."""
        self.build_layers(x_shape, link_features_shape)
        if self.gates:
            width = self.gates * self.gate_width
            self._value = self.add_weight(shape=(int(x_shape[-1] or 0), width), name="value_kernel")
            self._gate = self.add_weight(shape=(self.units[-1], self.gates), name="gate_kernel")
            self._gate_bias = self.add_weight(shape=(self.gates,), initializer="zeros", name="gate_bias")

    def call(
        self, x: Any, neighbour_indices: Any, link_features: Any = None, coordinates: Any = None
    ) -> dict[str, Any]:
        """Return what a hit's links gave, and the links."""
        rows, tables = self.operands(x, link_features, coordinates)
        gates, width = self._gate_tables(x), [self._width()]
        if not self.return_links:
            return {"x": in_blocks(self._messages, neighbour_indices, rows, tables | gates, width)}
        shape = [neighbour_indices.shape[1], self.units[-1]]
        links = in_blocks(self._known_links, neighbour_indices, rows, tables, shape)
        return {
            "x": in_blocks(self._gathered, neighbour_indices, {"made": links}, gates, width),
            "links": links,
        }

    def _gate_tables(self, x: Any) -> Tensors:
        if not self.gates:
            return {}
        kernel, bias = tf.convert_to_tensor(self._gate), tf.convert_to_tensor(self._gate_bias)
        return {"value": x @ self._value, "gate": kernel, "gate_bias": bias}

    def _messages(self, near: Any, rows: Tensors, tables: Tensors) -> Any:
        return self._gathered(near, {"made": self._known_links(near, rows, tables)}, tables)

    def _known_links(self, near: Any, rows: Tensors, tables: Tensors) -> Any:
        """Return what the layers make of links, 0 where there is no neighbour."""
        links = self.links(near, rows, tables)
        return tf.where(near[:, :, None] >= 0, links, tf.zeros_like(links))

    def _gathered(self, near: Any, rows: Tensors, tables: Tensors) -> Any:
        """Return what the links of some hits give them, [some, width]."""
        links = rows["made"]
        known = tf.cast(near >= 0, links.dtype)
        count = tf.reduce_sum(known, axis=1, keepdims=True)
        mean = tf.math.divide_no_nan(tf.reduce_sum(links, axis=1), count)
        best = tf.reduce_max(tf.where(known[:, :, None] > 0, links, links.dtype.min), axis=1)
        columns = [mean, tf.where(count > 0, best, tf.zeros_like(best))]
        if self.gates:
            columns += self._gated(near, links, known, tables)
        return tf.concat(columns, axis=1)

    def _gated(self, near: Any, links: Any, known: Any, tables: Tensors) -> list[Any]:
        gates = tf.sigmoid(times(links, tables["gate"]) + tables["gate_bias"]) * known[:, :, None]
        values = tf.gather(tables["value"], tf.maximum(near, 0))
        shape = [-1, near.shape[1], self.gates, self.gate_width]
        total = tf.reduce_sum(gates, axis=1)
        found = tf.reduce_sum(gates[..., None] * tf.reshape(values, shape), axis=1) / (total[..., None] + OFFSET)
        return [tf.reshape(found, [-1, self.gates * self.gate_width]), tf.math.log(total + OFFSET)]

    def _width(self) -> int:
        return int(2 * self.units[-1] + self.gates * (self.gate_width + 1))

    def compute_output_spec(
        self, x: Any, neighbour_indices: Any, link_features: Any = None, coordinates: Any = None
    ) -> dict[str, Any]:
        """Return the shapes."""
        found = {"x": keras.KerasTensor((x.shape[0], self._width()), self.compute_dtype)}
        if self.return_links:
            found["links"] = keras.KerasTensor((*neighbour_indices.shape, self.units[-1]), self.compute_dtype)
        return found
