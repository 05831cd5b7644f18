"""What the stages of a training say, in words, and the learning rate along them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Any

from registry.configuration.options import Stage
from registry.configuration.reading import read_options
from registry.configuration.training_options import LENGTHS, OptimizerOptions, StageOptions, Watched
from registry.contract.errors import InputError, Problems
from registry.contract.failures import PluginFault
from registry.contract.records import record
from registry.wiring.precision import nodes_in_16_bits
from registry.wiring.schedules import NAME, stated_or_put, value_at
from registry.wiring.selectors import patterns

if TYPE_CHECKING:
    from registry.wiring.checked_graph import CheckedGraph

PLACES = 60
"""Places of a stage at which its learning rate is drawn."""


STATED = ("name", "clipnorm", "global_clipnorm", "weight_decay", "exclude_from_weight_decay")
"""Options of an optimiser that the plan says in words; others are listed where they are not as by default."""


@record
class StagePlan:
    """A stage: what it is called, how long it is, what it does, by name, and the learning rate at places along it."""

    label: str
    length: str
    does: Mapping[str, str]
    rates: list[float] = field(default_factory=list)


def planned_stages(checked: CheckedGraph) -> list[StagePlan]:
    """Return the stages of a graph's configuration; none if something is wrong with its options."""
    options = read_options(checked.expanded.config, Problems())
    if options is None:
        return []
    rule, found = options.optimizer, []
    for index, stage in enumerate(options.stages):
        rule = stage.options.optimizer or rule
        does = dict(_does(stage, rule, checked))
        rates, by = _rates(stage, index, checked)
        does["learning rate"] += f"; another one by the {by}" if by else ""
        found.append(StagePlan(stage.label, length_text(stage.options), does, rates))
    return found


def length_text(stage: StageOptions) -> str:
    """Return how long a stage is, "5 epochs"."""
    name, amount = next((name, value) for name in LENGTHS if (value := getattr(stage, name)) is not None)
    return f"{amount:g} {name if amount != 1 else name[:-1]}"


def _rates(stage: Stage, index: int, checked: CheckedGraph) -> tuple[list[float], str]:
    """Return the learning rate along a stage, of a schedule that depends on a metric as if it improved.

    With the plugin that has put the schedule there; empty if the stage states it.
    """
    try:
        schedule, by = stated_or_put(stage, index, checked.registry)
        return [value_at(schedule, place / (PLACES - 1), {}) for place in range(PLACES)], by
    except (InputError, PluginFault):
        return [], ""


def _does(stage: Stage, rule: OptimizerOptions, checked: CheckedGraph) -> Iterator[tuple[str, str]]:
    options = stage.options
    together = f", {options.accumulate} to a step" if options.accumulate > 1 else ""
    yield "batches", f"{options.batch_size:,} hits{together}"
    final = "" if options.final_learning_rate is None else f" to {options.final_learning_rate:g} along a cosine"
    yield "learning rate", f"{_value(options.learning_rate)}{final}"
    yield "optimizer", _optimizer(rule, options)
    for selector, changes in options.set.items():
        yield f"set {selector}", ", ".join(f"{name} = {value}" for name, value in changes.items())
    for key in ("freeze", "unfreeze", "recompute"):
        if getattr(options, key, None):
            yield key, ", ".join(getattr(options, key))
    if options.loss_weights:
        yield "loss weights", ", ".join(f"{node} {_value(weight)}" for node, weight in options.loss_weights.items())
    if options.stop_early:
        stop = options.stop_early
        yield "stop early", f"{_watched(stop)}, after {stop.patience} epochs without {stop.min_delta:g} better"
    if options.keep_best:
        yield "keep best", _watched(options.keep_best)
    if options.keep_every:
        yield "keep every", f"{options.keep_every} epochs"
    if options.average_weights:
        yield "average weights", f"decay {options.average_weights:g}"
    if options.precision != "float32":
        narrow = ", ".join(patterns(nodes_in_16_bits(checked), checked))
        yield "precision", f"{options.precision}: {narrow or 'no node'}"


def _value(written: Any) -> str:
    if not isinstance(written, Mapping):
        return f"{written:g}"
    rest = ", ".join(f"{name} {value}" for name, value in written.items() if name != NAME)
    return f"{written.get(NAME)} ({rest})"


def _watched(watched: Watched) -> str:
    return f"{watched.metric} ({watched.mode or 'min'})"


def _optimizer(rule: OptimizerOptions, options: StageOptions) -> str:
    together = options.clipnorm if options.clipnorm is not None else rule.global_clipnorm
    clipped = f"each tensor clipped to {rule.clipnorm:g}" if rule.clipnorm is not None else "not clipped"
    parts = [rule.name, clipped if together is None else f"all clipped to {together:g}"]
    if rule.weight_decay:
        excluded = rule.exclude_from_weight_decay
        parts.append(f"weight decay {rule.weight_decay:g}" + (f" but for {', '.join(excluded)}" if excluded else ""))
    fields = type(rule).model_fields
    own = {name: value for name, value in rule.model_dump().items() if name not in STATED}
    changed = {name: value for name, value in own.items() if name not in fields or value != fields[name].default}
    return ", ".join([*parts, *(f"{name} {value}" for name, value in changed.items())])
