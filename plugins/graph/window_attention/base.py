"""The Keras layer behind blocks whose hits attend to those that share a window with them."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from registry.contract.keeping import computed_once
from registry.plugins.graph.learned_space.layer import LearnedSpaceLayer
from registry.plugins.kernels.neighbours import nearest_neighbours
from registry.plugins.shared.window_attention import window_attention
from registry.plugins.shared.windows import Windows


class WindowedLayer(LearnedSpaceLayer):
    """A learned space, windows of hits that are near in it, and attention within them.

    A subclass says by `windows(coordinates, row_splits)` which hits share one.
    """

    sent_by = "attention"
    n_sent = 3
    n_found = 1

    def windows(self, coordinates: Any, row_splits: Any) -> list[Windows]:
        """Return the windows of all hits, for each order."""
        raise NotImplementedError

    def call(self, x: Any, row_splits: Any, coordinate_features: Any = None) -> dict[str, Any]:
        """Return features, coordinates, neighbour indices and squared distances."""
        coordinates = self.coordinates(x, coordinate_features)
        splits, fixed = tf.cast(tf.reshape(row_splits, [-1]), tf.int32), tf.stop_gradient(coordinates)
        orders = computed_once(lambda: self.windows(fixed, splits))
        queries, keys, values = tf.split(self.sent(x), 3, axis=1)
        found = window_attention(queries, keys, values, coordinates, orders, self.n_heads)
        # Where nobody takes the lists, the graph leaves out the search.
        indices, distances = nearest_neighbours(coordinates, row_splits, self.n_neighbours)
        return self.outputs(self.features(found, x), coordinates, indices, distances)
