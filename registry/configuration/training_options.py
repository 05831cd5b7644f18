"""The options of a stage of training, and of the optimiser."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from registry.contract.block import BlockParams, param


class OptimizerOptions(BlockParams):
    """The optimiser; its learning rate belongs to the stages."""

    name: Literal["adam", "adamw", "nadam", "sgd", "rmsprop", "lion"] = param("nadam", "optimiser of Keras")
    clipnorm: float | None = param(1.0, "each gradient tensor is clipped to this norm; null for no clipping", gt=0)
    epsilon: float = param(1e-7, "added to the denominator; the HGCalML trainer used 1e-2", gt=0)
    beta_1: float = param(0.9, "decay of the first moment (momentum, for sgd)", ge=0, lt=1)
    beta_2: float = param(0.999, "decay of the second moment", ge=0, lt=1)
    weight_decay: float = param(0.0, "decoupled weight decay per step", ge=0)


UNREAD = {"sgd": ("beta_2", "epsilon"), "rmsprop": ("beta_1",), "lion": ("epsilon",)}
"""The options that an optimiser does not have, by its name."""


def _number_or_schedule(written: Any) -> str:
    return "(schedule)" if isinstance(written, dict) else "(number)"


Scheduled = Annotated[
    Annotated[float, Field(gt=0), Tag("(number)")] | Annotated[dict[str, Any], Tag("(schedule)")],
    Discriminator(_number_or_schedule),
]
"""A number above 0, or a block that says one at every place of a stage: `{schedule: NAME, ...}`."""

LENGTHS = ("epochs", "steps", "minutes")
"""The options of which a stage states one: how long it is."""


class StageOptions(BlockParams):
    """One stage of training: what stays the same for a number of epochs."""

    batch_size: int = param(..., "largest number of hits (not events) in a batch", gt=0)
    accumulate: int = param(
        1, "batches per step of the optimiser: the mean of their gradients, weighted by their events", ge=1
    )
    learning_rate: Scheduled = param(..., "learning rate, or a schedule: {schedule: cosine, peak: 1.0e-3}")
    final_learning_rate: float | None = param(
        None, "learning rate at the end of the stage, reached along a cosine; null keeps it constant", gt=0
    )
    epochs: int | None = param(None, "epochs of this stage (not a total over stages)", ge=1)
    steps: int | None = param(None, "steps of the optimiser in this stage, instead of epochs", ge=1)
    minutes: float | None = param(None, "minutes that this stage takes, instead of epochs", gt=0)
    set: dict[str, dict[str, Any]] = param(
        {}, "parameters to change from here on, by selector: {selector: {name: value}}"
    )
    freeze: list[str] = param([], "selectors of nodes whose weights stay fixed from here on")
    unfreeze: list[str] = param([], "selectors of nodes whose weights are trained from here on")
    optimizer: OptimizerOptions | None = param(None, "another optimiser from here on; null keeps the one in use")
