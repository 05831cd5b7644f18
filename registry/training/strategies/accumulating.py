"""Gradients of several batches that make one step of the optimiser, `accumulate: N`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import tensorflow as tf

if TYPE_CHECKING:
    from registry.contract.loss import Loss


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


@dataclass(frozen=True)
class Amount:
    """How many events, and how many hits in them."""

    events: int
    hits: int

    @classmethod
    def of(cls, events: np.ndarray, sizes: np.ndarray) -> Amount:
        """Return the amount of some events; `sizes`: hits of every event of the data [events]."""
        return cls(len(events), int(sizes[events].sum()))


def shares(losses: Sequence[type[Loss]], own: Amount, total: Amount) -> list[float]:
    """Return what the losses of a part of some events, and the penalties on kernels, count in the mean of all.

    A loss that is a mean over events divides its sum by their number, and by its `event_offset` more:
    `share = (own + offset) / (total + offset)`; one that is a mean over hits has its share of them; no event has none.
    So the gradients of all parts add up to that of one batch of all their events.
    """
    if not own.events:
        return [0.0] * (len(losses) + 1)
    return [*(_share(loss, own, total) for loss in losses), own.events / total.events]


def _share(loss: type[Loss], own: Amount, total: Amount) -> float:
    if loss.mean_over == "hits":
        return own.hits / total.hits
    return (own.events + loss.event_offset) / (total.events + loss.event_offset)
