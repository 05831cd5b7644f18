"""What a description says of the choice of hits and events, and of the parts that events are dealt to."""

from __future__ import annotations

from registry.contract.block import BlockParams, param


class FilterOptions(BlockParams):
    """Which hits are kept: those whose column is within the bounds (inclusive) and among the values."""

    min: int | float | None = param(None, "lowest value kept")
    max: int | float | None = param(None, "highest value kept")
    values: list[int | float] | None = param(None, "the only values kept", min_length=1)


class SplitOptions(BlockParams):
    """Which fraction of the events each part gets; what is left over is not used."""

    train: float = param(0.7, "fraction of the events to train on", ge=0, le=1)
    validation: float = param(0.1, "fraction looked at after every epoch", ge=0, le=1)
    test: float = param(0.2, "fraction of held-out events, for the final figures", ge=0, le=1)
    seed: int | None = param(0, "seed of the order in which events are dealt out; null: the order of the file", ge=0)
    by: str = param(
        "event",
        "what is dealt out: each event by itself, all events of a file ('file'), or all that agree in a column",
    )
    part: str | None = param(
        None,
        "column that says the part of an event: 0 for training, 1 for validation, 2 for test; instead of fractions",
    )
    fold: str | None = param(
        None,
        "`2 of 5`: the second of five equal folds is the test part; `train` and `validation` share the others",
        pattern="^[1-9][0-9]* of [1-9][0-9]*$",
    )

    @property
    def folds(self) -> tuple[int, int] | None:
        """Which fold is the test part, counted from 1, and how many there are; None without folds."""
        if self.fold is None:
            return None
        which, _, number = self.fold.partition(" of ")
        return int(which), int(number)
