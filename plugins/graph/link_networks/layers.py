"""What networks on links share: the dense layers on every link."""

from __future__ import annotations

from typing import Any, ClassVar

import keras
import tensorflow as tf

from registry.contract.layer import BlockLayer, Shape
from registry.plugins.graph.pair_features.pairs import pair_values, places
from registry.plugins.shared.in_blocks import Tensors


class LinkLayers(BlockLayer):
    """Dense layers on every link; the first one multiplies per hit what is of a hit, and per link what is of the link.

    Input shape: x [hits, features], neighbour_indices [hits, K], link_features [hits, K, pair] (optional), coordinates
    [hits, 3] (with `pair_columns`).
    """

    of_differences: ClassVar[bool] = False
    """The first layer sees x_j - x_i of the neighbour, instead of x_j."""

    units: list[int]
    activation: str
    pair_columns: list[str]
    centre: list[float]

    def setup(self) -> None:
        """Find the activation."""
        self._activation = keras.activations.get(self.activation)

    def build_layers(self, x_shape: Shape, link_features_shape: Shape | None) -> None:
        """Make kernel and bias of every layer."""
        features = int(x_shape[-1] or 0)
        pair = int(link_features_shape[-1] or 0) if link_features_shape else 0
        width, self._dense = 2 * features + pair + len(self.pair_columns), []
        for step, units in enumerate(self.units):
            kernel = self.add_weight(shape=(width, units), name=f"kernel_{step}")
            bias = self.add_weight(shape=(units,), initializer="zeros", name=f"bias_{step}")
            self._dense.append((kernel, bias))
            width = units

    def operands(self, x: Any, link_features: Any, coordinates: Any) -> tuple[Tensors, Tensors]:
        """Return what `links` uses of each hit, [hits, ...], and what it uses of neighbours, with the weights."""
        (kernel, bias), features = self._dense[0], x.shape[-1]
        kernel = tf.convert_to_tensor(kernel)
        own, other = kernel[:features], kernel[features : 2 * features]
        rows = {"own": x @ (own - other if self.of_differences else own) + bias}
        tables = {"other": x @ other}
        wired = 0 if link_features is None else link_features.shape[-1]
        if wired:
            rows["link_features"], tables["kernel_links"] = link_features, kernel[2 * features : 2 * features + wired]
        if self.pair_columns:
            own_place, all_places = places(coordinates, self.centre)
            rows |= own_place
            tables |= {**all_places, "kernel_pairs": kernel[2 * features + wired :]}
        for step, (kernel, bias) in enumerate(self._dense[1:], start=1):
            tables |= {f"kernel_{step}": tf.convert_to_tensor(kernel), f"bias_{step}": tf.convert_to_tensor(bias)}
        return rows, tables

    def links(self, near: Any, rows: Tensors, tables: Tensors) -> Any:
        """Return what the layers make of the links of some hits, [some, K, units]; `near`: neighbour indices."""
        found = rows["own"][:, None] + tf.gather(tables["other"], tf.maximum(near, 0))
        if "link_features" in rows:
            found += times(rows["link_features"], tables["kernel_links"])
        if self.pair_columns:
            found += times(pair_values(self.pair_columns, near, rows, tables), tables["kernel_pairs"])
        found = self._activation(found)
        for step in range(1, len(self.units)):
            found = self._activation(times(found, tables[f"kernel_{step}"]) + tables[f"bias_{step}"])
        return found


def times(links: Any, kernel: Any) -> Any:
    """Return the product of links [hits, K, F] with a kernel [F, units]: one product of two matrices."""
    shape = tf.shape(links)
    product = tf.reshape(links, [-1, links.shape[-1]]) @ kernel
    return tf.reshape(product, [shape[0], links.shape[1], kernel.shape[-1]])
