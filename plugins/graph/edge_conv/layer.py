"""The Keras layer of the edge convolution."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from registry.contract.layer import BlockLayer, Shape
from registry.plugins.graph.edge_conv import block
from registry.plugins.graph.edge_conv.rising import hits_suffice
from registry.plugins.graph.link_networks.layers import times
from registry.plugins.kernels.aggregation import aggregate


@keras.saving.register_keras_serializable("registry")
class EdgeConv(BlockLayer):
    """Dense layers on every link, then the maximum or mean over a hit's links (arXiv:1801.07829).

    Input shape: x [hits, features], neighbour_indices [hits, neighbours], link_features [hits, neighbours, pair]
    (optional). Output shape: [hits, units[-1]].
    """

    block = block.EdgeConv

    def setup(self) -> None:
        """Find the activation."""
        self._activation = keras.activations.get(self.activation)

    def build(
        self, x_shape: Shape, neighbour_indices_shape: Shape | None = None, link_features_shape: Shape | None = None
    ) -> None:
        """Make kernel and bias of every layer."""
        pair = int(link_features_shape[-1] or 0) if link_features_shape else 0
        width, self._layers_on_links = 2 * int(x_shape[-1] or 0) + pair, []
        for step, units in enumerate(self.units):
            kernel = self.add_weight(shape=(width, units), name=f"kernel_{step}")
            bias = self.add_weight(shape=(units,), initializer="zeros", name=f"bias_{step}")
            self._layers_on_links.append((kernel, bias))
            width = units

    def call(self, x: Any, neighbour_indices: Any, link_features: Any = None) -> Any:
        """Return what the links gave."""
        if link_features is None and hits_suffice(self):
            return self._of_hits(x, neighbour_indices)
        known = (neighbour_indices >= 0)[:, :, None]
        links = self._first_layer(x, neighbour_indices, link_features)
        for kernel, bias in self._layers_on_links[1:]:
            links = self._activation(links @ kernel + bias)
        count = tf.reduce_sum(tf.cast(known, x.dtype), axis=1)
        if self.aggregation == "mean":
            return tf.math.divide_no_nan(tf.reduce_sum(tf.where(known, links, 0), axis=1), count)
        best = tf.reduce_max(tf.where(known, links, links.dtype.min), axis=1)
        return tf.where(count > 0, best, 0)

    def _of_hits(self, x: Any, indices: Any) -> Any:
        """Return act(x_i (W_own - W_other) + b + max_j x_j W_other): no value of a link is kept."""
        kernel, bias = self._layers_on_links[0]
        own, other = tf.split(tf.convert_to_tensor(kernel), 2, axis=0)
        last = tf.reduce_max(indices, axis=1, keepdims=True)
        # A neighbour that is listed twice changes no maximum.
        listed = tf.where(indices >= 0, indices, last)
        sent = tf.cast(x @ other, self.variable_dtype)
        best = aggregate(sent, tf.ones_like(indices, sent.dtype), listed, mean=False)
        found = self._activation(x @ (own - other) + bias + tf.cast(best, x.dtype))
        return tf.where(last >= 0, found, tf.zeros_like(found))

    def _first_layer(self, x: Any, indices: Any, link_features: Any) -> Any:
        """Return act([x_i | x_j - x_i | l_ij] W + b), [hits, neighbours, units[0]]: x is multiplied per hit."""
        kernel, bias = self._layers_on_links[0]
        kernel, width = tf.convert_to_tensor(kernel), x.shape[-1]
        own, other = kernel[:width], kernel[width : 2 * width]
        found = (x @ (own - other) + bias)[:, None] + tf.gather(x @ other, tf.maximum(indices, 0))
        if link_features is not None:
            found += times(link_features, kernel[2 * width :])
        return self._activation(found)

    def compute_output_shape(
        self, x_shape: Shape, neighbour_indices_shape: Shape, link_features_shape: Shape | None = None
    ) -> Shape:
        """Return [hits, units[-1]]."""
        return (x_shape[0], self.units[-1])
