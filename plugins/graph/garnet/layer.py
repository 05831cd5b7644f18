"""The Keras layer of GarNet."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from registry.contract.layer import BlockLayer, Shape
from registry.plugins.graph.garnet import block
from registry.plugins.shared.events import event_numbers, n_events


@keras.saving.register_keras_serializable("registry")
class GarNet(BlockLayer):
    """Exchange between the hits of an event through a few learned aggregators (arXiv:1902.07987).

    Input shape: x [hits, features], row_splits [events + 1]. Output shape: [hits, n_filters].
    """

    block = block.GarNet

    def build(self, x_shape: Shape) -> None:
        """Make the three kernels and biases."""
        width = int(x_shape[-1] or 0)
        gathered = width + self.n_aggregators * (2 * (self.n_propagate + self.n_aggregators) + 1)
        self._gather = self._dense("gather", width, self.n_propagate)
        self._distance = self._dense("distance", width, self.n_aggregators)
        self._output = self._dense("output", gathered, self.n_filters)

    def _dense(self, name: str, before: int, after: int) -> tuple[Any, Any]:
        kernel = self.add_weight(shape=(before, after), name=f"{name}_kernel")
        return kernel, self.add_weight(shape=(after,), initializer="zeros", name=f"{name}_bias")

    def call(self, x: Any, row_splits: Any) -> Any:
        """Return what each hit learnt from its event."""
        event, events = event_numbers(row_splits, tf.shape(x)[0]), n_events(row_splits)
        weights = tf.exp(-((x @ self._distance[0] + self._distance[1]) ** 2))
        features = tf.concat([x @ self._gather[0] + self._gather[1], weights], axis=-1)
        parts = [x]
        for aggregator in range(self.n_aggregators):
            weight = weights[:, aggregator : aggregator + 1]
            weighted = weight * features
            best = tf.math.unsorted_segment_max(weighted, event, events)
            mean = tf.math.unsorted_segment_mean(weighted, event, events)
            parts.append(weight * tf.gather(tf.concat([best, mean], axis=-1), event))
        return tf.tanh(tf.concat([*parts, weights], axis=-1) @ self._output[0] + self._output[1])

    def compute_output_shape(self, x_shape: Shape, row_splits_shape: Shape) -> Shape:
        """Return [hits, n_filters]."""
        return (x_shape[0], self.n_filters)
