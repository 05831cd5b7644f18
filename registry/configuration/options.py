"""The sections the engine reads itself: `Training` (stages), `Optimizer`, `Plotting` and parts of `General`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from pydantic import Field

from registry.configuration.parameters import validate
from registry.contract.block import BlockParams, param
from registry.contract.errors import Origin, Problems
from registry.contract.tracker import DEFAULT_TRACKER
from registry.language.value import Value

Params = TypeVar("Params", bound=BlockParams)


class OptimizerOptions(BlockParams):
    """The optimiser; its learning rate belongs to the stages."""

    name: Literal["adam", "adamw", "nadam", "sgd", "rmsprop", "lion"] = param("nadam", "optimiser of Keras")
    clipnorm: float | None = param(1.0, "each gradient tensor is clipped to this norm; null for no clipping", gt=0)
    epsilon: float = param(1e-7, "added to the denominator; the HGCalML trainer used 1e-2", gt=0)
    beta_1: float = param(0.9, "decay of the first moment (momentum, for sgd)", ge=0, lt=1)
    beta_2: float = param(0.999, "decay of the second moment", ge=0, lt=1)
    weight_decay: float = param(0.0, "decoupled weight decay per step", ge=0)


class StageOptions(BlockParams):
    """One stage of training: what stays the same for a number of epochs."""

    batch_size: int = param(..., "largest number of hits (not events) in a batch", gt=0)
    learning_rate: float = param(..., "learning rate at the start of the stage", gt=0)
    final_learning_rate: float | None = param(
        None, "learning rate at the end of the stage, reached along a cosine; null keeps it constant", gt=0
    )
    epochs: int = param(..., "epochs of this stage (not a total over stages)", ge=1)
    set: dict[str, dict[str, Any]] = param(
        {}, "parameters to change from here on, by selector: {selector: {name: value}}"
    )
    freeze: list[str] = param([], "selectors of nodes whose weights stay fixed from here on")
    unfreeze: list[str] = param([], "selectors of nodes whose weights are trained from here on")
    optimizer: OptimizerOptions | None = param(None, "another optimiser from here on; null keeps the one in use")


class PlottingOptions(BlockParams):
    """How often metrics are recorded and monitors look at the network."""

    record_frequency: int = param(20, "batches between two recorded metrics", ge=1)
    plot_frequency: int = param(50, "records between two looks of the monitors (plots)", ge=1)


class GeneralOptions(BlockParams):
    """The keys of `General` that the engine reads; the others belong to the graph."""

    description: str = Field("", alias="description-string", description="free text, kept with the run")
    seed: int = param(1, "seed of weights, shuffling, dropout and sampling", ge=0)
    kernels: Literal["auto", "numba", "tensorflow"] = param("auto", "implementation of the numeric kernels")
    tracker: str = param(DEFAULT_TRACKER, "what keeps the runs: mlflow, folder, or a tracker that a plugin brings")
    experiment: str = param("", "experiment the run belongs to; by default the name of the graph")


@dataclass(frozen=True)
class Stage:
    """A stage with its label and the place it was written at."""

    label: str
    options: StageOptions
    value: Value
    label_written: bool = False
    """The label stands in the file, as `- stage_1:`, the way of the HGCalML trainer."""


@dataclass(frozen=True)
class Options:
    """All options the engine reads itself."""

    general: GeneralOptions
    stages: tuple[Stage, ...] = ()
    optimizer: OptimizerOptions = field(default_factory=OptimizerOptions)
    plotting: PlottingOptions = field(default_factory=PlottingOptions)

    @property
    def epochs(self) -> int:
        """Epochs of all stages together."""
        return sum(stage.options.epochs for stage in self.stages)


def read_options(config: Value, problems: Problems) -> Options | None:
    """Validate the engine's sections of a configuration; None if one of them is wrong (reported in `problems`)."""
    sections: Mapping[str, Value] = config.data if isinstance(config.data, dict) else {}
    before = len(problems.errors)
    general = _read(GeneralOptions, _engine_keys(sections.get("General")), "General", config.origin, problems)
    optimizer = _read(OptimizerOptions, sections.get("Optimizer"), "Optimizer", config.origin, problems)
    plotting = _read(PlottingOptions, sections.get("Plotting"), "Plotting", config.origin, problems)
    stages = read_stages(config, problems)
    if len(problems.errors) > before or not general or not optimizer or not plotting:
        return None
    return Options(general, stages, optimizer, plotting)


def _engine_keys(general: Value | None) -> Value | None:
    if general is None or not isinstance(general.data, dict):
        return general
    known = {field.alias or name for name, field in GeneralOptions.model_fields.items()}
    return Value({key: item for key, item in general.data.items() if key in known}, general.origin, general.keys)


def _read(kind: type[Params], value: Value | None, name: str, origin: Origin, problems: Problems) -> Params | None:
    if value is None or value.data is None:
        return kind()
    return validate(kind, value, name, problems)


def read_stages(config: Value, problems: Problems) -> tuple[Stage, ...]:
    """Return the stages of a configuration; of one in which something is wrong (reported) only its selectors."""
    all_right = True
    value = config.data.get("Training") if isinstance(config.data, dict) else None
    if value is None or value.data is None:
        return ()
    if not isinstance(value.data, list):
        message = f"Training: expected a list of stages, received {value.received()}"
        problems.error(message, value.origin, hint="write `- batch_size: ...` for each stage")
        return ()
    stages = []
    for index, entry in enumerate(value.data):
        label, body = _split_label(entry)
        options = validate(StageOptions, body, f"Training.{index}", problems)
        all_right = all_right and options is not None
        stages.append(Stage(label or f"stage_{index + 1}", options or _selectors(body), body, bool(label)))
    if all_right:
        _explain_epochs(value, stages, problems)
    return tuple(stages)


def _selectors(body: Value) -> StageOptions:
    """Return what can be checked of a stage in which something is wrong: its selectors, as far as they are any."""
    plain = body.plain() if isinstance(body.data, dict) else {}
    changes = plain.get("set")
    known: dict[str, Any] = {"set": {}, "freeze": [], "unfreeze": []}
    if isinstance(changes, dict):
        known["set"] = {selector: item for selector, item in changes.items() if isinstance(item, dict)}
    for key in ("freeze", "unfreeze"):
        if isinstance(plain.get(key), list):
            known[key] = [selector for selector in plain[key] if isinstance(selector, str)]
    return StageOptions.model_construct(**known)


def _split_label(entry: Value) -> tuple[str, Value]:
    """Take a label written as `- stage_1:` off a stage: YAML reads it as a key without a value."""
    if not isinstance(entry.data, dict):
        return "", entry
    labels = [key for key, item in entry.data.items() if item.data is None and key not in StageOptions.model_fields]
    rest = {key: item for key, item in entry.data.items() if key not in labels}
    return (labels[0] if labels else ""), Value(rest, entry.origin, entry.keys)


def _explain_epochs(value: Value, stages: list[Stage], problems: Problems) -> None:
    """Tell users of the HGCalML trainer, whose `epochs` were totals, how many epochs each stage gets here."""
    epochs = [stage.options.epochs for stage in stages]
    labelled = any(stage.label_written for stage in stages)
    if len(epochs) < 2 or not labelled or (epochs == sorted(epochs, reverse=True) and len(set(epochs)) == len(epochs)):
        return
    listing = " + ".join(str(count) for count in epochs)
    problems.warning(
        f"Training: epochs count per stage: {listing} = {sum(epochs)} epochs",
        value.origin,
        hint="in the HGCalML trainer they were totals reached at the end of each stage",
    )
