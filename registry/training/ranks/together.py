"""A step of several ranks: each computes its part of the gradient, and all take the sum."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import keras
import tensorflow as tf

from registry.training.ranks.ranks import Ranks

Terms = Mapping[str, tf.Tensor]

Learn = Callable[[Mapping[str, tf.Tensor], tf.Tensor], tuple[tf.Tensor, Terms]]
"""Returns the gradient [weights] and the terms for columns and the losses' factors."""

Take = Callable[[tf.Tensor, Terms, Sequence[tf.Tensor], tf.Tensor, tf.Tensor], None]
"""Takes a step with a gradient and terms; gets the former values of what has changed meanwhile, its number, `last`."""


class Together:
    """One vector goes round per step: the gradient, running averages of layers, the terms, and who was asked to end.

    Gradients are those of the mean over the events of all ranks; the terms of losses are means over these events, and
    running averages over their hits. It is clipped, and looked at whether it is finite, when it has been summed: all
    ranks do the same. `others`: what a step changes without the optimiser; `terms`: names of terms.
    """

    def __init__(
        self,
        ranks: Ranks,
        learn: Learn,
        take: Take,
        others: Sequence[keras.Variable],
        terms: Sequence[str],
        columns: Mapping[str, tf.TensorSpec],
        factors: int,
    ) -> None:
        self._ranks, self._others = ranks, others
        self._averages = [item for item in others if keras.backend.is_float_dtype(item.dtype)]
        shapes = [tuple(item.shape) for item in self._averages]
        sizes = [int(tf.TensorShape(shape).num_elements() or 0) for shape in shapes]
        share = tf.TensorSpec([], tf.float32)

        def own(
            batch: Mapping[str, tf.Tensor], factors: tf.Tensor, events: tf.Tensor, hits: tf.Tensor, asked: tf.Tensor
        ) -> tuple[tf.Tensor, list[tf.Tensor]]:
            before = [tf.identity(variable) for variable in others]
            gradient, found = learn(batch, factors)
            averages = [hits * tf.reshape(tf.cast(item, tf.float32), [-1]) for item in self._averages]
            values = events * tf.stack([tf.cast(found[name], tf.float32) for name in terms])
            return tf.concat([gradient, *averages, values, asked[tf.newaxis]], 0), before

        def taken(vector: tf.Tensor, before: Sequence[tf.Tensor], step: tf.Tensor, last: tf.Tensor) -> None:
            length = tf.shape(vector)[0] - sum(sizes) - len(terms) - 1
            gradient, *averages, values, _ = tf.split(vector, [length, *sizes, len(terms), 1])
            for variable, value, shape in zip(self._averages, averages, shapes, strict=True):
                variable.assign(tf.reshape(value, shape))
            take(gradient, dict(zip(terms, tf.unstack(values, len(terms)), strict=True)), before, step, last)

        self.learn = tf.function(
            own, input_signature=[columns, tf.TensorSpec([factors], tf.float32), share, share, share], autograph=False
        )
        self._take = tf.function(taken, autograph=False)

    def __call__(
        self,
        columns: Mapping[str, tf.Tensor],
        factors: tf.Tensor,
        step: tf.Tensor,
        last: tf.Tensor,
        events: float,
        hits: float,
        asked: bool,
    ) -> bool:
        """Take a step, and say whether a rank was asked to end before it.

        `events`, `hits`: which shares of those of all ranks this one has; `asked`: whether this one was asked. Raises
        RunError, with everything as it was before, if a rank is gone.
        """
        told = (tf.constant(float(value), tf.float32) for value in (events, hits, asked))
        vector, before = self.learn(columns, factors, *told)
        try:
            total = self._ranks.total(vector)
        except BaseException:
            for variable, value in zip(self._others, before, strict=True):
                variable.assign(value)
            raise
        self._take(total, before, step, last)
        return bool(total[-1] > 0)
