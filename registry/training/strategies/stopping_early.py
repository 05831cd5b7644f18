"""Ends a stage when a metric stops improving, `stop_early: {metric: ..., patience: ...}`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from registry.training.strategies.strategy import Strategy
from registry.training.strategies.watched import logged_as

if TYPE_CHECKING:
    import keras

    from registry.configuration.options import Stage
    from registry.configuration.training_options import Watched


class StopEarly(Strategy):
    """Ends a stage after so many epochs in which the metric was not better than the best by more than `min_delta`."""

    name = "stop_early"

    def start_stage(self, stage: Stage, optimizer: keras.optimizers.Optimizer) -> None:
        """Begin to wait anew."""
        self._rule = stage.options.stop_early
        self._best: float | None = None
        self._waited = 0

    def epoch_ended(self, metrics: Mapping[str, float]) -> None:
        """Count the epoch; one in which the metric was not logged is not counted."""
        rule = self._rule
        name = "" if rule is None else name_in(self, rule, metrics)
        if rule is None or not name:
            return
        value = metrics[name]
        if is_better(rule, value, self._best, rule.min_delta):
            self._best, self._waited = value, 0
            return
        self._waited += 1
        if self._waited >= rule.patience:
            best = "no number yet" if self._best is None else f"{self._best:.5g}"
            epochs = f"{self._waited} epoch{'s' if self._waited > 1 else ''}"
            self.run.end_stage(f"{name} has not improved for {epochs} (best: {best})")

    def facts(self) -> Mapping[str, Any]:
        """Return the best value so far, and how many epochs ago it was."""
        return {"best": self._best, "waited": self._waited}

    def restore(self, facts: Mapping[str, Any]) -> None:
        """Go on waiting."""
        self._best, self._waited = facts["best"], facts["waited"]


def is_better(rule: Watched, value: float, best: float | None, by: float = 0.0) -> bool:
    """Say whether a value of a metric is better than the best one so far, by more than `by`; nan never is."""
    if value != value:
        return False
    return best is None or (value > best + by if rule.mode == "max" else value < best - by)


def name_in(strategy: Strategy, rule: Watched, metrics: Mapping[str, float]) -> str:
    """Return the name that a watched metric was logged under since the epoch before; warn once if it was not."""
    name = logged_as(rule.metric, metrics)
    if not name:
        known = ", ".join(sorted(metrics))
        text = f"{strategy.name}: {rule.metric} was not logged in this epoch, which does not count (logged: {known})"
        strategy.run.warn(text)
    return name
