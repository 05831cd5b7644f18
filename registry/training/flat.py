"""All trained weights as one vector: an optimiser step is then a few operations, not dozens for every weight tensor."""

from __future__ import annotations

from collections.abc import Sequence

import keras
import numpy as np
import tensorflow as tf


class FlatWeights:
    """The vector an optimiser works on; elementwise rules (all of ours) do on it what they do on each tensor.

    `vector` holds the weights of `variables`, one after the other; its optimiser slots are vectors too.
    """

    def __init__(self, variables: Sequence[keras.Variable]) -> None:
        self.variables = list(variables)
        self._shapes = [tuple(variable.shape) for variable in self.variables]
        self._sizes = [int(np.prod(shape)) for shape in self._shapes]
        self._owner = tf.constant(np.repeat(np.arange(len(self._sizes)), self._sizes), tf.int32)
        self.vector = keras.Variable(np.zeros(sum(self._sizes), np.float32), name="weights")

    def gradient(self, gradients: Sequence[tf.Tensor | None], clipnorm: float | None) -> tf.Tensor:
        """Return the gradients as one vector; the part of each tensor is clipped to the norm `clipnorm` by itself."""
        parts = [
            tf.zeros([size]) if gradient is None else tf.reshape(tf.convert_to_tensor(gradient), [-1])
            for gradient, size in zip(gradients, self._sizes, strict=True)
        ]
        flat = tf.concat(parts, axis=0) if parts else tf.zeros([0])
        if clipnorm is None:
            return flat
        norms = tf.sqrt(tf.math.segment_sum(flat * flat, self._owner))
        return flat * tf.gather(clipnorm / tf.maximum(norms, clipnorm), self._owner)

    def apply(self, optimizer: keras.optimizers.Optimizer, gradient: tf.Tensor) -> None:
        """Take one step: the tensors' values go in, and come out changed."""
        if not self.variables:
            return
        values = [tf.reshape(tf.convert_to_tensor(variable), [-1]) for variable in self.variables]
        self.vector.assign(tf.concat(values, axis=0))
        optimizer.apply([gradient], [self.vector])
        pieces = tf.split(tf.convert_to_tensor(self.vector), self._sizes)
        for variable, piece, shape in zip(self.variables, pieces, self._shapes, strict=True):
            variable.assign(tf.reshape(piece, shape))
