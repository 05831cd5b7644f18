"""How long a stage is, and how much of it is done: in epochs, in steps of the optimiser, or in minutes."""

from __future__ import annotations

from collections.abc import Mapping

from registry.configuration.training_options import StageOptions
from registry.training.checkpoint import Position

CLOCK = "clock"
"""Under this name a checkpoint has the `Spent` of the stage that it is in."""

Spent = Mapping[str, float]
"""`updates`: steps that the optimiser has taken in a stage; `seconds`: how long it has been trained."""


def is_over(stage: StageOptions, position: Position, spent: Spent) -> bool:
    """Say whether a stage is done at a position in it, which is between two epochs."""
    if position.ended:
        return True
    if stage.epochs is not None:
        return position.epoch >= stage.epochs
    return is_spent(stage, spent)


def is_spent(stage: StageOptions, spent: Spent) -> bool:
    """Say whether a stage that is not measured in epochs is done."""
    if stage.steps is not None:
        return spent.get("updates", 0) >= stage.steps
    return stage.minutes is not None and spent.get("seconds", 0.0) >= 60 * stage.minutes


def progress(stage: StageOptions, epochs: float, spent: Spent) -> float:
    """Return the share of a stage that is done, 0 to 1; `epochs`: done in it, with fractions."""
    if stage.epochs is not None:
        return epochs / stage.epochs
    if stage.steps is not None:
        return min(spent.get("updates", 0) / stage.steps, 1.0)
    return min(spent.get("seconds", 0.0) / (60 * (stage.minutes or 1.0)), 1.0)
