"""Keeps the weights of the epoch in which a metric was best, `keep_best: {metric: ...}`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from registry.training.strategies.stopping_early import is_better, name_in
from registry.training.strategies.strategy import Strategy

if TYPE_CHECKING:
    import keras

    from registry.configuration.options import Stage
    from registry.training.run import Run
    from registry.training.strategies.averaging import Averaging


class KeepBest(Strategy):
    """The best weights over all stages that ask for them; where weights are averaged, the average."""

    name = "best"

    def __init__(self, run: Run, variables: Sequence[keras.Variable], averaging: Averaging) -> None:
        super().__init__(run)
        self._variables, self._averaging = variables, averaging
        self.values: list[np.ndarray] = []
        """The best values of all variables of the network; empty as long as there are none."""
        self.about: dict[str, Any] = {}
        self.improved = False
        """The last epoch was the best."""

    def start_stage(self, stage: Stage, optimizer: keras.optimizers.Optimizer) -> None:
        """Go on with the best of the stages before."""
        self._rule, self._label, self.improved = stage.options.keep_best, stage.label, False

    def epoch_ended(self, metrics: Mapping[str, float]) -> None:
        """Keep the weights if the metric is better than ever."""
        rule = self._rule
        self.improved = False
        name = "" if rule is None else name_in(self, rule, metrics)
        if rule is None or not name:
            return
        value = metrics[name]
        if is_better(rule, value, self.about.get("value")):
            with self._averaging.applied():
                self.values = [np.array(item) for item in self._variables]
            averaged = ", averaged" if self._averaging.active else ""
            place = f"epoch {self.run.epochs_done}, step {self.run.step}, {self._label}{averaged}"
            self.about = {"metric": name, "value": value, "place": place, "step": self.run.step}
            self.improved = True

    def text(self) -> str:
        """Return which weights are the best."""
        return f"best {self.about['metric']} = {self.about['value']:.5g} ({self.about['place']})"

    def apply(self) -> None:
        """Give the network the best weights."""
        for variable, value in zip(self._variables, self.values, strict=True):
            variable.assign(value)

    @property
    def variables(self) -> Sequence[Any]:
        """The best values."""
        return self.values

    def facts(self) -> Mapping[str, Any]:
        """Return how good the best weights are, and where they come from."""
        return self.about

    def restore(self, facts: Mapping[str, Any]) -> None:
        """Take back how good they are."""
        self.about = dict(facts)

    def take(self, values: Sequence[np.ndarray]) -> None:
        """Take back the best values."""
        self.values = list(values)
