"""What a step does in a stage."""

from __future__ import annotations

from registry.configuration.training_options import OptimizerOptions, StageOptions
from registry.training.optimizers import clipping_of, each_tensor
from registry.training.step import StepRule


def step_rule(optimizer: OptimizerOptions, stage: StageOptions, ranks: int = 1) -> StepRule:
    """Return what a step does in a stage with an optimiser, in so many ranks."""
    several = stage.accumulate > 1
    return StepRule(
        clipping_of(optimizer, stage.clipnorm),
        accumulate=several,
        weighted=several or ranks > 1,
        each=each_tensor(optimizer),
        loss_weights=bool(stage.loss_weights),
        average=stage.average_weights,
        precision=stage.precision,
        recompute=tuple(stage.recompute),
    )
