"""What each loss counts in a stage, `loss_weights: {NODE: WEIGHT}`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import tensorflow as tf

from registry.contract.schedule import Schedule, State
from registry.training.strategies.learning_rate import now, observed
from registry.training.strategies.strategy import Strategy
from registry.wiring.optimizing import loss_weights
from registry.wiring.schedules import schedule_of

if TYPE_CHECKING:
    import keras

    from registry.configuration.options import Stage
    from registry.training.run import Run


class LossWeights(Strategy):
    """The weight of every loss in what is minimised, [losses]; 1 for a loss that the stage gives none."""

    name = "loss_weights"

    def __init__(self, run: Run) -> None:
        super().__init__(run)
        self._losses = list(run.compiled.losses)
        self.values = tf.Variable(tf.ones([len(self._losses)]), trainable=False)

    def start_stage(self, stage: Stage, optimizer: keras.optimizers.Optimizer) -> None:
        """Begin with the weights of the stage."""
        registry, written = self.run.checked.registry, loss_weights(stage, self.run.checked)
        self._schedules: dict[str, Schedule] = {node: schedule_of(item, registry) for node, item in written.items()}
        self._states: dict[str, State] = {node: {} for node in self._schedules}
        self.before_batch(0.0)

    def before_batch(self, progress: float) -> None:
        """Set the weights, where they change."""
        wanted = dict.fromkeys(self._losses, 1.0)
        for node, schedule in self._schedules.items():
            wanted[node] = now(schedule, progress, self._states[node])
        values = [wanted[node] for node in self._losses]
        if values != self._set:
            self._set = values
            self.values.assign(values)

    _set: Sequence[float] = ()

    def epoch_ended(self, metrics: Mapping[str, float]) -> None:
        """Let the schedules see the metrics that they watch."""
        for node, schedule in self._schedules.items():
            self._states[node] = observed(schedule, metrics, self._states[node])

    @property
    def variables(self) -> Sequence[Any]:
        """The weights as they are."""
        return [self.values]

    def facts(self) -> Mapping[str, Any]:
        """Return what the schedules remember."""
        return {"states": {node: dict(state) for node, state in self._states.items()}}

    def restore(self, facts: Mapping[str, Any]) -> None:
        """Take back what the schedules remember."""
        self._states = dict(facts["states"])
        self._set = ()
