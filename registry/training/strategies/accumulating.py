"""Gradients of several batches that make one step of the optimiser, `accumulate: N`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import tensorflow as tf

if TYPE_CHECKING:
    from registry.contract.block import Loss


class Accumulated:
    """The sum of gradients [weights] of the batches since the last step of the optimiser."""

    def __init__(self, size: int) -> None:
        self._gradient = tf.Variable(tf.zeros([size]), trainable=False)
        self.variables = [self._gradient]

    def add(self, gradient: tf.Tensor) -> None:
        """Add the gradient of a batch (inside a traced function)."""
        self._gradient.assign_add(gradient)

    def take(self) -> tf.Tensor:
        """Return the sum, and start again (inside a traced function)."""
        taken = tf.identity(self._gradient)
        with tf.control_dependencies([taken]):
            self._gradient.assign(tf.zeros_like(self._gradient))
        return taken


def shares(losses: Sequence[type[Loss]], batches: Sequence[np.ndarray], index: int) -> list[float]:
    """Return what the losses of one of some batches, and the penalties on kernels, count in their mean.

    A loss divides its sum over events by their number, and by its `event_offset` more:
    `share = (events + offset) / (events of all batches + offset)`. So the gradients of the batches add up to that of
    one batch of all their events.
    """
    own, total = len(batches[index]), sum(len(batch) for batch in batches)
    return [*((own + loss.event_offset) / (total + loss.event_offset) for loss in losses), own / total]
