"""Whether a training can teach the network anything: outputs to save, and weights that are trained in every stage."""

from __future__ import annotations

from collections.abc import Sequence

from registry.configuration.options import Options, Stage
from registry.contract.errors import Problems
from registry.wiring.checked_graph import CheckedGraph, Ref
from registry.wiring.heads import warn_of_heads
from registry.wiring.optimizing import loss_weights
from registry.wiring.selectors import trained
from registry.wiring.stages import check_options

SHOWN = 5
"""Nodes that a message names."""


def check_training(checked: CheckedGraph, problems: Problems) -> Options | None:
    """Return the options the engine reads, as `check_options` does; what would end without anything learnt is an error.

    `problems` holds what is wrong, of the graph and of the options.
    """
    options = check_options(checked, problems)
    if options is not None:
        check_learning(options.stages, checked, problems)
        if not problems.errors and not checked.registry.incomplete:
            warn_of_heads(options.stages, checked, problems)
    return options


def check_learning(stages: Sequence[Stage], checked: CheckedGraph, problems: Problems) -> None:
    """Report a graph with stages and losses that cannot learn, or that has no output to save.

    A graph without stages or losses is no training, and nothing is said of one in which something else is wrong.
    """
    losses = [path for path, node in checked.nodes.items() if node.block.kind == "loss"]
    if not stages or not losses or problems.errors or checked.expanded.broken:
        return
    _check_outputs(checked, problems)
    _check_trained(stages, checked, losses, problems)


def _check_outputs(checked: CheckedGraph, problems: Problems) -> None:
    if not checked.outputs:
        hint = "outputs: {NAME: NODE.PORT}, such as {beta: heads.beta}"
        message = "a graph to be trained needs `outputs`: they are what the saved model predicts"
        problems.error(message, checked.expanded.origin, hint=hint)


def _check_trained(stages: Sequence[Stage], checked: CheckedGraph, losses: Sequence[str], problems: Problems) -> None:
    """Report the first stage in which no weight is trained that a loss depends on which counts in it."""
    # Where only building the layer tells how many weights there are, there may be some.
    weights = {path: node for path, node in checked.nodes.items() if node.may_learn}
    now = {path: node.written.trainable for path, node in weights.items()}
    for index, stage in enumerate(stages):
        now |= trained(stage, checked).values
        counts = loss_weights(stage, checked)
        counting = [path for path in losses if counts.get(path, 1) != 0]
        if not counting:
            message = f"Training.{index}.loss_weights: every loss counts 0: nothing would be learnt"
            problems.error(message, stage.value.nearest(["loss_weights"]).origin, hint=f"losses: {', '.join(losses)}")
            return
        known = set(checked.ancestors(Ref(path, "") for path in counting))
        if any(now[path] for path in weights if path in known):
            continue
        having = [path for path in weights if path in known]
        key = "freeze" if stage.options.freeze else ""
        place = stage.value.nearest([key]).origin if key else stage.value.origin
        if having:
            message = f"every weight that a loss depends on is frozen, in {_listing(having)}: nothing would be learnt"
            hint = "unfreeze: [SELECTOR] in this stage, or `trainable: true` of an included graph"
        else:
            message = "no node that a loss depends on has weights to train: nothing would be learnt"
            hint = _unreached([path for path in weights if path not in known])
        problems.error(f"Training.{index}: {message}", place, hint=hint)
        return


def _unreached(paths: list[str]) -> str:
    return f"no loss depends on {_listing(paths)}" if paths else "add a layer with weights, such as dense_loop"


def _listing(paths: list[str]) -> str:
    more = f" and {len(paths) - SHOWN} more" if len(paths) > SHOWN else ""
    return ", ".join(paths[:SHOWN]) + more
