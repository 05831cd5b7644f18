"""A running average of the weights, `average_weights: DECAY`: it is validated, looked at and saved."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import keras
import tensorflow as tf

from registry.training.strategies.strategy import Strategy

if TYPE_CHECKING:
    from registry.configuration.options import Stage
    from registry.training.run import Run


class Averaging(Strategy):
    """The exponential moving average of all weights, running averages of layers included.

    After the t-th step of the optimiser `average = d average + (1 - d) weights` with `d = min(decay, t / (t + 9))`: the
    weights that the average began with are soon forgotten. It goes on through following stages that ask for one.
    Source: B. T. Polyak and A. B. Juditsky, SIAM J. Control Optim. 30 (1992) 838; the growing decay is TensorFlow's.
    """

    name = "average"

    def __init__(self, run: Run) -> None:
        super().__init__(run)
        weights = (item for layer in run.compiled.layers.values() for item in layer.weights)
        known = {id(item): item for item in weights if keras.backend.is_float_dtype(item.dtype)}
        self._weights = list(known.values())
        self._averages: list[tf.Variable] = []
        self._steps = tf.Variable(0.0, trainable=False)
        self.active = False

    def start_stage(self, stage: Stage, optimizer: keras.optimizers.Optimizer) -> None:
        """Begin an average with the weights as they are, unless the stage before had one."""
        wanted = stage.options.average_weights is not None
        if wanted and not self.active:
            if not self._averages:
                self._averages = [tf.Variable(tf.convert_to_tensor(item), trainable=False) for item in self._weights]
            for average, weight in zip(self._averages, self._weights, strict=True):
                average.assign(tf.convert_to_tensor(weight))
            self._steps.assign(0.0)
        self.active = wanted

    def update(self, decay: float) -> None:
        """Take the weights after a step of the optimiser into the average (inside a traced function)."""
        self._steps.assign_add(1.0)
        kept = tf.minimum(decay, self._steps / (self._steps + 9.0))
        for average, weight in zip(self._averages, self._weights, strict=True):
            average.assign(kept * average + (1 - kept) * tf.convert_to_tensor(weight))

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Let the network have the averaged weights inside, if the stage averages."""
        if not self.active:
            yield
            return
        own = [tf.identity(tf.convert_to_tensor(item)) for item in self._weights]
        try:
            self.apply()
            yield
        finally:
            with self.run.interrupts.held():
                for weight, value in zip(self._weights, own, strict=True):
                    weight.assign(value)

    def apply(self) -> None:
        """Give the network the averaged weights."""
        for weight, average in zip(self._weights, self._averages, strict=True):
            weight.assign(average)

    @property
    def variables(self) -> Sequence[Any]:
        """The averages, and how many steps are in them."""
        return [*self._averages, self._steps] if self.active else ()
