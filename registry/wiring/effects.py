"""Whether what stages and options say has an effect: contradictions are errors, what changes nothing is a warning."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from registry.configuration.options import Options, Stage
from registry.configuration.training_options import SHARED, STANDS_FOR
from registry.contract.errors import Origin, Problems
from registry.contract.keras_optimizers import parameters
from registry.language.value import Value
from registry.wiring.precision import nodes_in_16_bits
from registry.wiring.selectors import Contradiction, holders, parameters_set, select, trained

if TYPE_CHECKING:
    from registry.wiring.checked_graph import CheckedGraph

RULE = "of two selectors that name a node the one counts whose nodes are only a part of the other's"


def report_contradictions(stages: Sequence[Stage], checked: CheckedGraph, problems: Problems) -> None:
    """Report two selectors of a stage that ask for different things of one node, neither the more specific."""
    for index, stage in enumerate(stages):
        for place, message in [*_set_twice(stage, checked), *_frozen_and_trained(stage, checked)]:
            problems.error(f"Training.{index}.{message}", place, hint=RULE)


def _pairs(found: Sequence[Contradiction]) -> list[Contradiction]:
    """Return the first contradiction of each two selectors."""
    return list({(item.first, item.second): item for item in reversed(found)}.values())


def _set_twice(stage: Stage, checked: CheckedGraph) -> Iterator[tuple[Origin, str]]:
    for name, chosen in parameters_set(stage, checked).items():
        for item in _pairs(chosen.contradictions):
            first, second = (stage.options.set[selector][name] for selector in (item.first, item.second))
            line = stage.value.key_origin(["set", item.first, name])
            message = f"set: {item.second!r} sets {name!r} of {item.node!r} to {second!r}, "
            yield (
                stage.value.key_origin(["set", item.second, name]),
                f"{message}and {item.first!r} ({line}) to {first!r}",
            )


def _frozen_and_trained(stage: Stage, checked: CheckedGraph) -> Iterator[tuple[Origin, str]]:
    for item in _pairs(trained(stage, checked).contradictions):
        place, line = (
            stage.value.nearest([key, getattr(stage.options, key).index(selector)]).origin
            for key, selector in (("unfreeze", item.second), ("freeze", item.first))
        )
        yield place, f"unfreeze: {item.second!r} names {item.node!r}, which {item.first!r} ({line}) freezes"


def warn_of_no_effect(options: Options, checked: CheckedGraph, problems: Problems) -> None:
    """Warn of what options say that changes nothing; expects a graph and options without a fault."""
    for place, message in [*_same_values(options.stages, checked), *_same_weights(options.stages, checked)]:
        problems.warning(message, place)
    config = checked.expanded.config
    rules: list[Value] = [stage.value.nearest(["optimizer"]) for stage in options.stages if stage.options.optimizer]
    if (own := config.mapping.get("Optimizer")) and own.data:
        if options.stages and options.stages[0].options.optimizer:
            message = "Optimizer: without effect, as the first stage of Training has an optimizer of its own"
            problems.warning(message, config.keys["Optimizer"])
        else:
            rules.append(own)
    for rule in rules:
        _warn_of_unread(rule, problems)
    for place, message in _beyond_the_end(options.stages):
        problems.warning(message, place)
    for index, stage in enumerate(options.stages):
        if stage.options.precision != "float32" and not nodes_in_16_bits(checked):
            message = f"Training.{index}.precision: no node of the graph is sound in 16 bits: all have 32"
            problems.warning(message, stage.value.nearest(["precision"]).origin)
    plots = config.nearest(["Plotting"])
    if "plot_frequency" in plots.keys and not any(node.block.kind == "monitor" for node in checked.nodes.values()):
        message = "Plotting: 'plot_frequency' has no effect: the graph has no monitor"
        problems.warning(message, plots.keys["plot_frequency"])


def _same_values(stages: Sequence[Stage], checked: CheckedGraph) -> Iterator[tuple[Origin, str]]:
    """Yield the place and the message for each parameter that is set to what it is already."""
    now: dict[tuple[str, str], Any] = {}
    for index, stage in enumerate(stages):
        for selector, changes in stage.options.set.items():
            for name, value in changes.items():
                nodes = holders(selector, name, checked)
                before = [now.get((node, name), getattr(checked.nodes[node].block.params, name)) for node in nodes]
                if all(known == value for known in before):
                    place = stage.value.key_origin(["set", selector, name])
                    yield place, f"Training.{index}.set: {name!r} of {selector!r} is {value!r} already"
        for name, chosen in parameters_set(stage, checked).items():
            now |= {(node, name): value for node, value in chosen.values.items()}


def _same_weights(stages: Sequence[Stage], checked: CheckedGraph) -> Iterator[tuple[Origin, str]]:
    """Yield the place and the message for each selector whose nodes are frozen, or trained, already."""
    weights = {path: node for path, node in checked.nodes.items() if node.may_learn}
    now = {path: node.written.trainable for path, node in weights.items()}
    for index, stage in enumerate(stages):
        chosen = trained(stage, checked).values
        within = now | {node: value for node, value in chosen.items() if node in weights}
        for key, wanted in (("freeze", False), ("unfreeze", True)):
            for position, selector in enumerate(getattr(stage.options, key)):
                nodes = [node for node in select(selector, checked) if node in weights]
                # What another selector of the stage freezes is an exception made to it.
                if (
                    nodes
                    and all(now[node] == within[node] == wanted for node in nodes)
                    and not _is_exception(nodes, stage, key, checked)
                ):
                    place = stage.value.nearest([key, position]).origin
                    state = "trained" if wanted else "frozen"
                    yield place, f"Training.{index}.{key}: what {selector!r} names is {state} already"
        now = within


def _beyond_the_end(stages: Sequence[Stage]) -> Iterator[tuple[Origin, str]]:
    """Yield the place and the message for what would happen after more epochs than there are."""
    done = 0
    for index, stage in enumerate(stages):
        epochs, stop, every = stage.options.epochs, stage.options.stop_early, stage.options.keep_every
        if epochs is None:
            return
        if stop is not None and stop.patience >= epochs:
            place = stage.value.key_origin(["stop_early", "patience"])
            text = f"Training.{index}.stop_early: the stage has {_epochs(epochs)}"
            yield place, f"{text}: with a patience of {stop.patience} it never ends earlier"
        if every is not None and done // every == (done + epochs) // every:
            text = f"Training.{index}.keep_every: no epoch of the stage is a multiple of {every}: no checkpoint is kept"
            yield stage.value.nearest(["keep_every"]).origin, text
        done += epochs


def _epochs(number: int) -> str:
    return f"{number} epoch{'s' if number != 1 else ''}"


def _is_exception(nodes: Sequence[str], stage: Stage, key: str, checked: CheckedGraph) -> bool:
    """Say whether the stage asks for the opposite of some of these nodes, by a less specific selector."""
    others: list[str] = stage.options.unfreeze if key == "freeze" else stage.options.freeze
    return any(node in select(selector, checked) for selector in others for node in nodes)


def _warn_of_unread(rule: Value, problems: Problems) -> None:
    """Warn of options that the chosen optimiser does not have."""
    name = rule.mapping["name"].data if "name" in rule.mapping else ""
    known = parameters(str(name))
    for key in SHARED if known else ():
        if key in rule.mapping and key not in known and key not in STANDS_FOR.get(str(name), {}):
            problems.warning(f"Optimizer: {key!r} has no effect: {name} does not read it", rule.keys[key])
