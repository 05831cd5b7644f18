"""What a strategy of training is told, and what of it checkpoints keep."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    import keras
    import numpy as np

    from registry.configuration.options import Stage
    from registry.training.run import Run


class Strategy:
    """Something that a stage may ask for; the trainer tells every one of them what happens.

    `facts` and `variables` are what it would lose if the run were killed: they go into the checkpoint under `name`, and
    come back by `restore`, after `start_stage` of the stage that the checkpoint was made in.
    """

    name: ClassVar[str]

    def __init__(self, run: Run) -> None:
        self.run = run

    def start_stage(self, stage: Stage, optimizer: keras.optimizers.Optimizer) -> None:
        """Begin a stage, or go on with it."""

    def before_batch(self, progress: float) -> None:
        """Before a batch; `progress`: the share of the stage (0 to 1) that was done when its optimiser step began."""

    def epoch_ended(self, metrics: Mapping[str, float]) -> None:
        """After an epoch and the looks of the monitors: every metric that was logged since the epoch before."""

    @property
    def variables(self) -> Sequence[Any]:
        """The variables that checkpoints keep."""
        return ()

    def facts(self) -> Mapping[str, Any]:
        """Return what else checkpoints keep, as JSON takes it."""
        return {}

    def restore(self, facts: Mapping[str, Any]) -> None:
        """Take back what `facts` has returned."""

    def take(self, values: Sequence[np.ndarray]) -> None:
        """Take back the values of the variables."""
        for variable, value in zip(self.variables, values, strict=True):
            variable.assign(value)
