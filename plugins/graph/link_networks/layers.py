"""What networks on links share: the dense layers on every link."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from registry.contract.layer import BlockLayer, Shape


class LinkLayers(BlockLayer):
    """Dense layers on every link; the first one multiplies per hit what is of a hit, and per link what is of the link.

    Input shape: x [hits, features], neighbour_indices [hits, K], link_features [hits, K, pair] (optional).
    """

    units: list[int]
    activation: str

    def setup(self) -> None:
        """Find the activation."""
        self._activation = keras.activations.get(self.activation)

    def build_layers(self, x_shape: Shape, link_features_shape: Shape | None) -> None:
        """Make kernel and bias of every layer."""
        features = int(x_shape[-1] or 0)
        pair = int(link_features_shape[-1] or 0) if link_features_shape else 0
        width, self._dense = 2 * features + pair, []
        for step, units in enumerate(self.units):
            kernel = self.add_weight(shape=(width, units), name=f"kernel_{step}")
            bias = self.add_weight(shape=(units,), initializer="zeros", name=f"bias_{step}")
            self._dense.append((kernel, bias))
            width = units

    def links(self, x: Any, neighbour_indices: Any, link_features: Any) -> Any:
        """Return what the layers make of each link, [hits, neighbours, units]."""
        kernel, bias = self._dense[0]
        features, kernel = x.shape[-1], tf.convert_to_tensor(kernel)
        own, other = kernel[:features], kernel[features : 2 * features]
        found = (x @ own + bias)[:, None] + tf.gather(x @ other, tf.maximum(neighbour_indices, 0))
        if link_features is not None:
            found += times(link_features, kernel[2 * features :])
        found = self._activation(found)
        for kernel, bias in self._dense[1:]:
            found = self._activation(times(found, kernel) + bias)
        return found


def times(links: Any, kernel: Any) -> Any:
    """Return the product of links [hits, K, F] with a kernel [F, units]: one product of two matrices."""
    shape = tf.shape(links)
    product = tf.reshape(links, [-1, links.shape[-1]]) @ tf.convert_to_tensor(kernel)
    return tf.reshape(product, [shape[0], links.shape[1], kernel.shape[-1]])
