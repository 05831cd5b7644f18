"""Whether optimisers can be made as they are written, and whether loss weights name losses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from registry.configuration.options import Options, Stage
from registry.configuration.parameters import validate
from registry.configuration.training_options import OptimizerOptions, keras_arguments
from registry.contract.errors import Problems
from registry.contract.keras_optimizers import ENGINE, parameters, source_of
from registry.contract.spelling import did_you_mean
from registry.language.value import Value
from registry.loading.keras_layer import KerasLayer
from registry.wiring.selectors import choose, select

if TYPE_CHECKING:
    from registry.wiring.checked_graph import CheckedGraph


def check_optimizers(
    options: Options | None, stages: Sequence[Stage], checked: CheckedGraph, problems: Problems
) -> None:
    """Report parameters that Keras's optimiser has not, and selectors of weights without decay that name none."""
    for where, rule, written in _rules(options, stages, checked):
        if not isinstance(written.data, dict):
            continue
        # Keras's source is read for parameters that are no options of the engine.
        known = parameters(rule.name) if rule.model_extra else []
        for key in rule.model_extra or {}:
            place = written.key_origin([key])
            if key in ENGINE:
                problems.error(f"{where}: {key!r} is not for the optimiser", place, hint=f"here it is {ENGINE[key]}")
            elif known and key not in known:
                own = [name for name in dict.fromkeys([*known, *type(rule).model_fields]) if name not in ENGINE]
                hint = did_you_mean(key, own) or f"{rule.name} takes: {', '.join(own)}"
                problems.error(f"{where}: the optimiser {rule.name!r} has no parameter {key!r}", place, hint=hint)
        # Of the options of the engine, which have bounds of their own, some optimisers refuse 0 alone.
        if rule.model_extra or rule.beta_1 == 0:
            _check_values(where, rule, written, problems)
        if {"clipnorm", "global_clipnorm"} <= {key for key, item in written.data.items() if item.data is not None}:
            message = f"{where}: expected one of 'clipnorm' and 'global_clipnorm', received both"
            problems.error(message, written.key_origin(["global_clipnorm"]))
        for index, selector in enumerate(rule.exclude_from_weight_decay):
            nodes = [node for node in select(selector, checked) if checked.nodes[node].may_learn]
            if "/" not in selector and not nodes:
                place = written.nearest(["exclude_from_weight_decay", index]).origin
                message = f"{where}.exclude_from_weight_decay: {selector!r} names no node with weights"
                problems.error(message, place, hint="a node, a group, `*.block`, or with a / weights: `*/bias`")


def _check_values(where: str, rule: OptimizerOptions, written: Value, problems: Problems) -> None:
    """Report values that the constructor of Keras's optimiser refuses, by its source."""
    kind, known = source_of(rule.name), parameters(rule.name)
    given = {key: item for key, item in keras_arguments(rule).items() if key in known}
    values = {key: value for key, (value, _) in given.items()}
    for refusal in KerasLayer(kind).refusals(values) if kind else ():
        option = given[refusal.argument][1] if refusal.argument in given else ""
        message = f"{where}: Keras refuses {option or 'these parameters'!r} of {rule.name}: {refusal.message}"
        problems.error(message, written.nearest([option]).origin, hint=refusal.hint)


def _rules(
    options: Options | None, stages: Sequence[Stage], checked: CheckedGraph
) -> Iterator[tuple[str, OptimizerOptions, Value]]:
    written = checked.expanded.config.mapping.get("Optimizer")
    if written is not None and written.data is not None:
        rule = options.optimizer if options else validate(OptimizerOptions, written, "", Problems())
        if rule is not None:
            yield "Optimizer", rule, written
    for index, stage in enumerate(stages):
        own: OptimizerOptions | None = getattr(stage.options, "optimizer", None)
        if own is not None:
            yield f"Training.{index}.optimizer", own, stage.value.nearest(["optimizer"])


def check_loss_weights(stages: Sequence[Stage], checked: CheckedGraph, problems: Problems) -> None:
    """Report selectors of loss weights that name no loss, or contradict each other."""
    losses = [path for path, node in checked.nodes.items() if node.block.kind == "loss"]
    for index, stage in enumerate(stages):
        where = f"Training.{index}.loss_weights"
        for selector in getattr(stage.options, "loss_weights", {}):
            if not set(select(selector, checked)) & set(losses):
                place = stage.value.key_origin(["loss_weights", selector])
                hint = did_you_mean(selector, losses) or f"losses: {', '.join(losses) or 'none'}"
                problems.error(f"{where}: {selector!r} names no loss", place, hint=hint)
        for item in choose(_weights(stage), checked).contradictions[:1]:
            place = stage.value.key_origin(["loss_weights", item.second])
            message = f"{where}: {item.first!r} and {item.second!r} ask for different weights of {item.node!r}"
            problems.error(message, place)


def loss_weights(stage: Stage, checked: CheckedGraph) -> dict[str, Any]:
    """Return the weight of every loss that a stage gives one, a number or a schedule."""
    chosen = choose(_weights(stage), checked).values
    return {node: weight for node, weight in chosen.items() if checked.nodes[node].block.kind == "loss"}


def _weights(stage: Stage) -> list[tuple[str, Any]]:
    return list(getattr(stage.options, "loss_weights", {}).items())
