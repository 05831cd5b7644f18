"""All trained weights as one vector: an optimiser step is then a few operations, not dozens for every weight tensor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf


@dataclass(frozen=True)
class Clipping:
    """How gradients are clipped: the part of each tensor to the norm `each`, all of them together to `together`."""

    each: float | None = None
    together: float | None = None


class FlatWeights:
    """The vector an optimiser works on; elementwise rules (all of ours) do on it what they do on each tensor.

    `vector` holds the weights of `variables`, one after the other; its optimiser slots are vectors too.
    """

    def __init__(self, variables: Sequence[keras.Variable]) -> None:
        self.variables = list(variables)
        self._shapes = [tuple(variable.shape) for variable in self.variables]
        self._sizes = [int(np.prod(shape)) for shape in self._shapes]
        self._owner = tf.constant(np.repeat(np.arange(len(self._sizes)), self._sizes), tf.int32)
        self.vector = keras.Variable(np.zeros(self.size, np.float32), name="weights")

    def build(self, optimizer: keras.optimizers.Optimizer) -> None:
        """Make the optimiser's slots."""
        optimizer.build([self.vector])

    @property
    def size(self) -> int:
        """The number of weights."""
        return sum(self._sizes)

    def flat(self, gradients: Sequence[tf.Tensor | None]) -> tf.Tensor:
        """Return the gradients as one vector [weights]."""
        parts = [
            tf.zeros([size]) if gradient is None else tf.reshape(tf.convert_to_tensor(gradient), [-1])
            for gradient, size in zip(gradients, self._sizes, strict=True)
        ]
        return tf.concat(parts, axis=0) if parts else tf.zeros([0])

    def clipped(self, flat: tf.Tensor, clipping: Clipping) -> tf.Tensor:
        """Return a vector of gradients, clipped."""
        if clipping.each is not None:
            norms = tf.sqrt(tf.math.segment_sum(flat * flat, self._owner))
            flat = flat * tf.gather(clipping.each / tf.maximum(norms, clipping.each), self._owner)
        return flat if clipping.together is None else tf.clip_by_norm(flat, clipping.together)

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


class EachWeight(FlatWeights):
    """The weights as tensors, for optimisers that work on their shapes, or on some of them otherwise than on others."""

    def build(self, optimizer: keras.optimizers.Optimizer) -> None:
        """Make the optimiser's slots, of each tensor."""
        optimizer.build(self.variables)

    def apply(self, optimizer: keras.optimizers.Optimizer, gradient: tf.Tensor) -> None:
        """Take one step."""
        if self.variables:
            pieces = tf.split(gradient, self._sizes)
            optimizer.apply([tf.reshape(piece, shape) for piece, shape in zip(pieces, self._shapes, strict=True)])
