"""The Keras layer of the edge convolution."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from registry.contract.layer import Shape
from registry.plugins.graph.edge_conv import block
from registry.plugins.graph.edge_conv.rising import hits_suffice
from registry.plugins.graph.link_networks.layers import LinkLayers
from registry.plugins.kernels.aggregation import aggregate
from registry.plugins.shared.in_blocks import Tensors, in_blocks


@keras.saving.register_keras_serializable("registry")
class EdgeConv(LinkLayers):
    """Dense layers on every link, then the maximum or mean over a hit's links (arXiv:1801.07829).

    Input shape: x [hits, features], neighbour_indices [hits, neighbours], link_features [hits, neighbours, pair]
    (optional), coordinates [hits, 3] (with `pair_columns`). Output shape: [hits, units[-1]].
    """

    block = block.EdgeConv
    of_differences = True

    def build(
        self,
        x_shape: Shape,
        neighbour_indices_shape: Shape | None = None,
        link_features_shape: Shape | None = None,
        coordinates_shape: Shape | None = None,
    ) -> None:
        """Make kernel and bias of every layer."""
        self.build_layers(x_shape, link_features_shape)

    def call(self, x: Any, neighbour_indices: Any, link_features: Any = None, coordinates: Any = None) -> Any:
        """Return what the links gave."""
        rows, tables = self.operands(x, link_features, coordinates)
        if link_features is None and hits_suffice(self):
            return self._of_hits(rows["own"], tables["other"], neighbour_indices)
        return in_blocks(self._combined, neighbour_indices, rows, tables, [self.units[-1]])

    def _combined(self, near: Any, rows: Tensors, tables: Tensors) -> Any:
        """Return the maximum or mean over the links of some hits, [some, units]."""
        known, links = (near >= 0)[:, :, None], self.links(near, rows, tables)
        count = tf.reduce_sum(tf.cast(known, links.dtype), axis=1)
        if self.aggregation == "mean":
            return tf.math.divide_no_nan(tf.reduce_sum(tf.where(known, links, 0), axis=1), count)
        best = tf.reduce_max(tf.where(known, links, links.dtype.min), axis=1)
        return tf.where(count > 0, best, 0)

    def _of_hits(self, own: Any, other: Any, indices: Any) -> Any:
        """Return act(own_i + max_j other_j), x_i (W_own - W_other) + b and x_j W_other: no value of a link is kept."""
        last = tf.reduce_max(indices, axis=1, keepdims=True)
        # A neighbour that is listed twice changes no maximum.
        listed = tf.where(indices >= 0, indices, last)
        sent = tf.cast(other, self.variable_dtype)
        best = aggregate(sent, tf.ones_like(indices, sent.dtype), listed, mean=False)
        found = self._activation(own + tf.cast(best, own.dtype))
        return tf.where(last >= 0, found, tf.zeros_like(found))

    def compute_output_shape(
        self,
        x_shape: Shape,
        neighbour_indices_shape: Shape,
        link_features_shape: Shape | None = None,
        coordinates_shape: Shape | None = None,
    ) -> Shape:
        """Return [hits, units[-1]]."""
        return (x_shape[0], self.units[-1])
