"""The options of a stage of training, and of the optimiser."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Discriminator, Field, Tag

from registry.contract.block import BlockParams, param
from registry.contract.keras_optimizers import Optimizer, parameters


class OptimizerOptions(BlockParams):
    """The optimiser; its learning rate belongs to the stages. Further keys are parameters of Keras's optimiser."""

    model_config = ConfigDict(extra="allow")

    name: Optimizer = param("nadam", "optimiser of Keras, in small letters: nadam, adamw, lion, muon, ...")
    clipnorm: float | None = param(1.0, "each gradient tensor is clipped to this norm; null for no clipping", gt=0)
    global_clipnorm: float | None = param(
        None, "the gradient of all weights together is clipped to this norm, instead of each tensor's", gt=0
    )
    epsilon: float = param(1e-7, "added to the denominator; the HGCalML trainer used 1e-2", gt=0)
    beta_1: float = param(0.9, "decay of the first moment (momentum, for sgd)", ge=0, lt=1)
    beta_2: float = param(0.999, "decay of the second moment", ge=0, lt=1)
    weight_decay: float = param(0.0, "decoupled weight decay per step", ge=0)
    exclude_from_weight_decay: list[str] = param(
        [], "weights without decay, by selectors: of nodes, or with a / of weights (`*/bias`)"
    )


SHARED = ("epsilon", "beta_1", "beta_2")
"""The options of an optimiser that those have of which Keras says so, and those of `STANDS_FOR`."""

STANDS_FOR = {"sgd": {"beta_1": "momentum"}, "rmsprop": {"beta_2": "rho"}}
"""What an option is called by the optimiser that has it under another name."""

DEFAULTED = ("adam", "adamw", "nadam", "sgd", "rmsprop", "lion")
"""Optimisers that take the defaults of the options here, not those of Keras."""


def keras_arguments(options: OptimizerOptions) -> dict[str, tuple[Any, str]]:
    """Return what Keras's optimiser is made with, but for the learning rate, each with the option that says it."""
    given: dict[str, tuple[Any, str]] = {}
    if options.weight_decay or ("weight_decay" in options.model_fields_set and options.name not in DEFAULTED):
        given["weight_decay"] = options.weight_decay, "weight_decay"
    other, known = STANDS_FOR.get(options.name, {}), parameters(options.name)
    for name in SHARED:
        if options.name in DEFAULTED or name in options.model_fields_set:
            given |= {key: (getattr(options, name), name) for key in (other.get(name, name),) if key in known}
    return given | {key: (value, key) for key, value in (options.model_extra or {}).items()}


def _number_or_schedule(written: Any) -> str:
    return "(schedule)" if isinstance(written, dict) else "(number)"


Scheduled = Annotated[
    Annotated[float, Field(gt=0), Tag("(number)")] | Annotated[dict[str, Any], Tag("(schedule)")],
    Discriminator(_number_or_schedule),
]
"""A number above 0, or a block that says one at every place of a stage: `{schedule: NAME, ...}`."""

LossWeight = Annotated[
    Annotated[float, Field(ge=0), Tag("(number)")] | Annotated[dict[str, Any], Tag("(schedule)")],
    Discriminator(_number_or_schedule),
]
"""A number, 0 or more, or a schedule of one."""

LENGTHS = ("epochs", "steps", "minutes")
"""The options of which a stage states one: how long it is."""


class Watched(BlockParams):
    """A metric of which smaller, or larger, values are better."""

    metric: str = param(..., "name of a logged metric: validation/loss, or NODE/NAME of a monitor", min_length=1)
    mode: Literal["min", "max"] | None = param(
        None, "whether smaller or larger is better; null for min, which is right for losses only"
    )


class StopEarly(Watched):
    """When a stage ends before it is over."""

    patience: int = param(5, "epochs without improvement after which the stage ends", ge=1)
    min_delta: float = param(0.0, "least change that is an improvement", ge=0)


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
    clipnorm: float | None = param(
        None, "the gradient of all weights together is clipped to this norm, instead of what the optimiser says", gt=0
    )
    loss_weights: dict[str, LossWeight] = param(
        {}, "what losses count in this stage, by selector of their nodes: a number, or a schedule"
    )
    stop_early: StopEarly | None = param(None, "end the stage when a metric stops improving")
    keep_best: Watched | None = param(None, "save the weights of the epoch in which this metric was best as the model")
    keep_every: int | None = param(None, "epochs after each of which a checkpoint is kept, epoch-N", ge=1)
    average_weights: float | None = param(
        None, "decay per step of the running average of the weights that is validated and saved", gt=0, lt=1
    )
    precision: Literal["float32", "mixed_bfloat16"] = param(
        "float32", "mixed_bfloat16: layers whose blocks say so (`mixed`) multiply in 16 bits; all else has 32"
    )
    recompute: list[str] = param(
        [], "groups whose values are not kept, but computed again in the backward pass: less memory, more time"
    )
