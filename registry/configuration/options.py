"""The options the engine reads itself, declared once.

Validation, "read by nothing", the schema, `diff` and the training fingerprint all follow `SECTIONS`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import field
from typing import Annotated, Any, Literal, get_args

from pydantic import Field, field_validator

from registry.configuration.evaluation import EvaluationOptions
from registry.configuration.training_options import OptimizerOptions, StageOptions
from registry.contract.block import BlockParams, has_mark, param
from registry.contract.records import record
from registry.contract.tracker import DEFAULT_TRACKER
from registry.language.value import Value

LARGEST_SEED = 2**32 - 1
"""NumPy's generators take no larger one."""

LONGEST_EXPERIMENT = 200
"""Number of characters in the name of an experiment, which databases limit."""

KERNELS_VARIABLE = "REGISTRY_KERNELS"
"""The environment variable that chooses the kernels where `General.kernels` does not."""


class PlottingOptions(BlockParams):
    """How often metrics are recorded and monitors look at the network."""

    record_frequency: int = param(20, "batches between two recorded metrics", ge=1)
    plot_frequency: int = param(50, "records between two looks of the monitors (plots)", ge=1)
    watch: list[str] = param(
        [], "monitors, by their nodes, that look after each epoch even if they have `every: 0`", remark=True
    )
    page: bool = param(True, "write the page of the run at the end of the training, and record it", remark=True)


class GeneralOptions(BlockParams):
    """The keys of `General` that the engine reads; the others belong to the graph."""

    description: str = param("", "free text, kept with the run", remark=True, alias="description-string")
    seed: int = param(1, "seed of weights, shuffling, dropout and sampling", ge=0, le=LARGEST_SEED)
    seeds: list[Annotated[int, Field(ge=0, le=LARGEST_SEED)]] = param(
        [], "seeds of several runs, one after the other, instead of `seed`", remark=True
    )
    kernels: Literal["auto", "numba", "tensorflow"] = param("auto", "implementation of the numeric kernels")
    tracker: str = param(
        DEFAULT_TRACKER, "what keeps the runs: mlflow, folder, or a tracker that a plugin brings", remark=True
    )
    experiment: str = param("", "experiment the run belongs to; by default the name of the working folder", remark=True)
    without: list[str] = param(
        [],
        "nodes or groups, by selector, that are left out: what took from them takes what they took, where shapes allow",
    )
    study: str = param("", "study that the run is part of, by which all its runs are found", remark=True)
    system_metrics: bool = param(False, "measure processors, memory, disk, network and GPUs as well", remark=True)

    @field_validator("seeds")
    @classmethod
    def _differ(cls, seeds: list[int]) -> list[int]:
        if len(set(seeds)) < len(seeds):
            raise ValueError("seeds that differ: two runs of one seed are the same run")
        return seeds

    @field_validator("experiment", "study")
    @classmethod
    def _can_be_a_name(cls, name: str) -> str:
        if not name.isprintable() or name != name.strip() or len(name) > LONGEST_EXPERIMENT:
            raise ValueError(
                f"a name of printable characters, {LONGEST_EXPERIMENT} at most, without spaces at its ends"
            )
        return name


@record
class Section:
    """A section of a configuration that the engine reads.

    `stages`: it is a list, one entry per stage of training. `shared`: a graph may keep options of its own in it.
    `training`: it is part of the training fingerprint.
    """

    options: type[BlockParams]
    description: str = ""
    stages: bool = False
    shared: bool = False
    training: bool = False

    @property
    def keys(self) -> tuple[str, ...]:
        """The names of the options, as they are written."""
        return tuple(field.alias or name for name, field in self.options.model_fields.items())

    @property
    def remarks(self) -> tuple[str, ...]:
        """The names of those without effect on what is computed: in them runs do not differ."""
        fields = self.options.model_fields.items()
        return tuple(field.alias or name for name, field in fields if has_mark(field, "remark"))

    def beyond_defaults(self, written: Any) -> Any:
        """Return what a section states without what would hold anyway: defaults, labels of stages, None for nothing."""
        if not self.stages:
            return _beyond_defaults(self.options, written) or None
        if not isinstance(written, list):
            return written
        labels = [{name: value for name, value in _mapping(stage).items() if value is not None} for stage in written]
        return [_beyond_defaults(self.options, stage) for stage in labels]


def _beyond_defaults(options: type[BlockParams], written: Any) -> dict[str, Any]:
    """Return the options that differ from their defaults, those of options inside options too."""
    fields = {field.alias or name: field for name, field in options.model_fields.items()}
    found: dict[str, Any] = {}
    for name, value in _mapping(written).items():
        field = fields.get(name)
        if field is not None and not field.is_required() and value == field.get_default(call_default_factory=True):
            continue
        inner = next((kind for kind in get_args(field.annotation) if _is_options(kind)), None) if field else None
        found[name] = _beyond_defaults(inner, value) if inner and isinstance(value, Mapping) else value
    return found


def _is_options(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BlockParams)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


SECTIONS = {
    "General": Section(GeneralOptions, shared=True),
    "Training": Section(StageOptions, "the stages of training", stages=True, training=True),
    "Optimizer": Section(OptimizerOptions, training=True),
    "Plotting": Section(PlottingOptions),
    "Evaluation": Section(EvaluationOptions),
}
"""All that the engine reads, by the name of the section."""


def engine_keys() -> dict[str, Collection[str] | None]:
    """Return what the engine reads, by section: the keys, or None for the whole section."""
    return {name: section.keys if section.shared else None for name, section in SECTIONS.items()}


@record
class Stage:
    """A stage with its label and the place it was written at."""

    label: str
    options: StageOptions
    value: Value
    label_written: bool = False
    """The label stands in the file, as `- stage_1:`, the way of the HGCalML trainer."""


@record
class Options:
    """All options the engine reads itself."""

    general: GeneralOptions
    stages: tuple[Stage, ...] = ()
    optimizer: OptimizerOptions = field(default_factory=OptimizerOptions)
    plotting: PlottingOptions = field(default_factory=PlottingOptions)
    evaluation: EvaluationOptions = field(default_factory=EvaluationOptions)
