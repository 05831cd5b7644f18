"""The learning rate along a stage."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from registry.contract.errors import RunError
from registry.contract.failures import PluginFault
from registry.contract.schedule import Schedule, State
from registry.training.strategies.strategy import Strategy
from registry.training.strategies.watched import logged_as
from registry.wiring.schedules import learning_rate_of, value_at

if TYPE_CHECKING:
    import keras

    from registry.configuration.options import Stage


class LearningRate(Strategy):
    """Sets the optimiser's learning rate to what the stage's schedule says."""

    name = "learning_rate"

    def start_stage(self, stage: Stage, optimizer: keras.optimizers.Optimizer) -> None:
        """Begin with the schedule of the stage."""
        index = next(place for place, item in enumerate(self.run.options.stages) if item is stage)
        try:
            self._schedule = learning_rate_of(stage, index, self.run.checked.registry)
        except PluginFault as fault:
            raise RunError(fault.problem.render()) from fault
        self._optimizer = optimizer
        self._state: State = {}
        self._set: float | None = None
        self.before_batch(0.0)

    def before_batch(self, progress: float) -> None:
        """Set the rate, where it changes."""
        rate = now(self._schedule, progress, self._state)
        if rate != self._set:
            self._optimizer.learning_rate = self._set = rate

    def epoch_ended(self, metrics: Mapping[str, float]) -> None:
        """Let the schedule see the metric that it watches."""
        self._state = observed(self._schedule, metrics, self._state)

    def facts(self) -> Mapping[str, Any]:
        """Return what the schedule remembers."""
        return {"state": dict(self._state)}

    def restore(self, facts: Mapping[str, Any]) -> None:
        """Take back what the schedule remembers."""
        self._state = facts["state"]
        self._set = None


def observed(schedule: Schedule, metrics: Mapping[str, float], state: State) -> State:
    """Return what a schedule remembers after an epoch in which these metrics were logged."""
    name = logged_as(schedule.watched, metrics)
    return schedule.observe(metrics[name], state) if name else state


def now(schedule: Schedule, progress: float, state: State) -> float:
    """Return what a schedule says now; raise RunError if it fails."""
    try:
        return value_at(schedule, progress, state)
    except PluginFault as fault:
        raise RunError(fault.problem.render()) from fault
