"""Which nodes a stage's selectors name, and whether what it sets there can be set."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from registry.configuration.options import Options, Stage
from registry.configuration.parameters import validate
from registry.configuration.reading import read_options, read_stages
from registry.contract.block import BlockParams, has_mark
from registry.contract.errors import Origin, Problems
from registry.contract.failures import PluginFault
from registry.contract.records import record
from registry.contract.spelling import did_you_mean
from registry.language.value import Value, value_of
from registry.loading.trackings import check_tracker
from registry.wiring.asking import Asked, made
from registry.wiring.effects import report_contradictions, warn_of_no_effect
from registry.wiring.evaluation import check_evaluation, states_evaluation
from registry.wiring.optimizing import check_loss_weights, check_optimizers
from registry.wiring.recompute import check_recompute
from registry.wiring.schedules import check_made_schedules, check_schedules
from registry.wiring.selectors import holders, names, names_itself, parameters_set, select
from registry.wiring.watching import check_watch, check_watched

if TYPE_CHECKING:
    from registry.wiring.checked_graph import CheckedGraph, CheckedNode


@record
class Setting:
    """One parameter of one node, set at the start of a stage."""

    node: str
    name: str
    value: Any


def schedulable(params: type[BlockParams]) -> list[str]:
    """Return the names of the parameters a stage may change."""
    return [name for name, field in params.model_fields.items() if has_mark(field, "schedulable")]


def settings(stage: Stage, checked: CheckedGraph) -> list[Setting]:
    """Return what a stage sets, parameter by parameter; of several selectors the more specific one counts."""
    return [
        Setting(node, name, value)
        for name, chosen in parameters_set(stage, checked).items()
        for node, value in chosen.values.items()
    ]


def check_options(checked: CheckedGraph, problems: Problems) -> Options | None:
    """Return the options the engine reads; None if something in them is wrong (all of it is reported)."""
    options = read_options(checked.expanded.config, problems)
    if not checked.registry.incomplete:
        check_tracker(checked.expanded.config, checked.registry.trackings, problems)
    stages = read_stages(checked.expanded.config, problems)
    check_stage_sets(stages, checked, problems)
    check_schedules(stages, checked.registry, problems)
    report_contradictions(stages, checked, problems)
    check_loss_weights(stages, checked, problems)
    check_watched(stages, checked, problems)
    check_watch(options, checked, problems)
    check_recompute(stages, checked, problems)
    check_optimizers(options, stages, checked, problems)
    if states_evaluation(checked):
        check_evaluation(checked, problems)
    if options and not problems.errors:
        check_made_schedules(stages, checked.registry, problems)
        warn_of_no_effect(options, checked, problems)
    return options


def check_stage_sets(stages: Iterable[Stage], checked: CheckedGraph, problems: Problems) -> None:
    """Report selectors that match nothing, parameters that cannot change during training, and values out of bounds."""
    for index, stage in enumerate(stages):
        where = f"Training.{index}"
        for selector, changes in stage.options.set.items():
            _check_set(selector, changes, stage.value, where, checked, problems)
        check_freezes(index, stage, checked, problems)


def check_freezes(index: int, stage: Stage, checked: CheckedGraph, problems: Problems) -> None:
    """Report selectors of what is frozen or trained that match no weights."""
    for key in ("freeze", "unfreeze"):
        for position, selector in enumerate(getattr(stage.options, key)):
            place = stage.value.nearest([key, position])
            _check_frozen(selector, place, f"Training.{index}.{key}", checked, problems)


def _check_set(
    selector: str, changes: Mapping[str, Any], stage: Value, where: str, checked: CheckedGraph, problems: Problems
) -> None:
    nodes = select(selector, checked)
    if not changes:
        message = f"{where}.set: {selector!r} names no parameter: it sets nothing"
        problems.error(message, stage.key_origin(["set", selector]), hint="write {selector: {parameter: value}}")
    if not nodes:
        _report_no_match(selector, f"{where}.set", stage.key_origin(["set", selector]), checked, problems)
        return
    for block in {type(checked.nodes[node].block) for node in _concerned(selector, changes, nodes, checked)}:
        allowed = schedulable(block.Params)
        for name in changes:
            if name not in allowed:
                origin = stage.key_origin(["set", selector, name])
                kind = "cannot change during training" if name in block.Params.model_fields else "does not exist"
                message = f"{where}.set: parameter {name!r} of block {block.name!r} {kind}"
                problems.error(message, origin, hint=_changeable(name, block.name, allowed))
    for node in nodes:
        _check_values(node, selector, changes, stage, checked, problems)


def _concerned(selector: str, changes: Mapping[str, Any], nodes: list[str], checked: CheckedGraph) -> list[str]:
    """Return the nodes that must have what is set: of a group those that have any of it, or all of them."""
    own = [node for node in nodes if names_itself(selector, node, checked.nodes[node].written.use)]
    return own or [node for name in changes for node in holders(selector, name, checked)] or nodes


def _check_values(
    node: str, selector: str, changes: Mapping[str, Any], stage: Value, checked: CheckedGraph, problems: Problems
) -> None:
    """Validate the node's parameters with the changes laid over them, as if they had been written there."""
    block = checked.nodes[node].block
    written = stage.nearest(["set", selector])
    now = {name: value_of(value, written.origin) for name, value in block.params.model_dump().items()}
    known = {name: item for name, item in written.data.items() if name in now}  # type: ignore[union-attr]
    if not known:
        return
    params = validate(type(block.params), Value({**now, **known}, written.origin, written.keys), node, problems)
    if params is not None:
        try:
            asked = made(type(block), params, checked.registry.provider(block.name))
            for complaint in asked.complaints():
                place = written.nearest([complaint.parameter]).origin
                problems.error(complaint.message, place, node, complaint.hint)
            _check_inputs(asked, checked.nodes[node], written.origin, problems)
        except PluginFault as fault:
            fault.report(problems, written.origin, node)


def _check_inputs(asked: Asked, node: CheckedNode, place: Origin, problems: Problems) -> None:
    """Report inputs that the block needs with the parameters of a stage, and that are open."""
    for group in asked.required_inputs():
        if not node.inputs.keys() & set(group):
            names = " or ".join(map(repr, group))
            message = f"block {node.block.name!r} needs its input {names} with these parameters, and it is open"
            problems.error(message, place, node.written.path, f"wire {names} in the graph")


def _check_frozen(selector: str, written: Value, where: str, checked: CheckedGraph, problems: Problems) -> None:
    nodes = select(selector, checked)
    if not nodes:
        _report_no_match(selector, where, written.origin, checked, problems)
    elif not any(checked.nodes[node].may_learn for node in nodes):
        problems.error(f"{where}: no node that {selector!r} matches has trainable weights", written.origin)


def _report_no_match(selector: str, where: str, origin: Origin, checked: CheckedGraph, problems: Problems) -> None:
    """Report a selector that names no node, unless it may name one that is wrong itself."""
    unwired = [node for path, node in checked.expanded.nodes.items() if path not in checked.nodes]
    unread = checked.expanded.unread
    if any(names(selector, node.path, node.use) for node in unwired):
        return
    if unread and ("*" in selector or any(selector.startswith(path) for path in unread)):
        return
    problems.error(f"{where}: {selector!r} matches no node", origin, hint=_suggest(selector, checked))


def _suggest(selector: str, checked: CheckedGraph) -> str:
    names: Iterable[str] = {*checked.nodes, *(f"*.{node.written.use}" for node in checked.nodes.values())}
    hint = did_you_mean(selector, names)
    rule = "a selector is a node's path, a group's, or `*.block`; `*` stands for anything"
    return f"{hint}   ({rule})" if hint else rule


def _changeable(name: str, block: str, allowed: list[str]) -> str:
    near = did_you_mean(name, allowed)
    listing = f"{block} lets stages change: {', '.join(allowed)}" if allowed else f"{block} lets stages change nothing"
    return f"{near}   ({listing})" if near else listing
