"""Whether what `Evaluation` takes for energies, positions, times and classes of showers is what losses train."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from registry.configuration.options import Stage
from registry.contract.errors import Origin, Problems
from registry.contract.failures import PluginFault
from registry.wiring.asking import made
from registry.wiring.checked_graph import CheckedGraph, Ref, flatten
from registry.wiring.evaluation import SECTION, check_evaluation
from registry.wiring.needed import needed_ports
from registry.wiring.optimizing import loss_weights
from registry.wiring.stages import settings

HEADS = ("energy_factor", "position", "time", "classes")
"""What a network may say of hits that is trained, each by a term of its own."""


def warn_of_heads(stages: Sequence[Stage], checked: CheckedGraph, problems: Problems) -> None:
    """Warn of outputs that are taken for what showers have though no loss trains them, and of trained ones left out.

    Of graphs with losses; weights that come from elsewhere (`weights:` of an included graph) count as trained.
    """
    evaluation = check_evaluation(checked, Problems())
    if evaluation is None or not any(node.block.kind == "loss" for node in checked.nodes.values()):
        return
    try:
        taken = list(_taken(stages, checked))
    except PluginFault as fault:
        fault.report(problems, checked.expanded.origin or Origin(checked.expanded.file))
        return
    moved = needed_ports(checked, [ref for _, _, ref in taken], ())
    section = checked.expanded.config.nearest([SECTION, "columns"])
    for name in HEADS:
        column = evaluation.read_out.columns.get(name)
        if column in checked.outputs:
            heads = sorted(_learned(checked.outputs[column], checked))
            idle = [ref for ref in heads if ref.port not in moved.get(ref.node, ())]
            written = evaluation.options.columns.get(name)  # type: ignore[call-overload]
            place = section.nearest([name]).origin if written else checked.expanded.outputs[column].culprit
            for ref in idle[:1]:
                what = f"{SECTION}.columns: the output {column!r} is taken for the {name} of showers"
                hint = f"{SECTION}: {{columns: {{{name}: null}}}} leaves it out; or give its term in the loss a weight"
                problems.warning(f"{what}, and no loss trains {ref}", place, hint=hint)
        elif name in evaluation.options.columns and name in checked.outputs:
            learned = _learned(checked.outputs[name], checked)
            for loss in [path for path, port, ref in taken if port == name and _learned(ref, checked) == learned][:1]:
                message = f"{SECTION}.columns: {name!r} is left out (null), and the loss {loss!r} trains it"
                hint = f"{SECTION}: {{columns: {{{name}: {name}}}}} takes it for the {name} of showers"
                problems.warning(message, section.nearest([name]).origin, hint=hint)


def _taken(stages: Sequence[Stage], checked: CheckedGraph) -> Iterator[tuple[str, str, Ref]]:
    """Yield every tensor that moves a loss in some stage, with the loss and its port."""
    for path, node in checked.nodes.items():
        if node.block.kind == "loss":
            idle = list(_idle(path, stages, checked))
            moving = [port for port in node.inputs if not all(port in ports for ports in idle)]
            yield from ((path, port, ref) for port in moving for ref in flatten(node.inputs[port]))


def _idle(path: str, stages: Sequence[Stage], checked: CheckedGraph) -> Iterator[set[str]]:
    """Yield the inputs that do not move a loss, for each stage in which it counts."""
    block = checked.nodes[path].block
    params = block.params
    for stage in stages:
        params = params.model_copy(
            update={item.name: item.value for item in settings(stage, checked) if item.node == path}
        )
        if loss_weights(stage, checked).get(path, 1) != 0:
            yield made(type(block), params, checked.registry.provider(block.name)).idle_inputs()


def _learned(ref: Ref, checked: CheckedGraph) -> set[Ref]:
    """Return the outputs of layers with weights that a tensor is made of without further weights.

    Weights that an included graph was given, by a file or a run, have been trained elsewhere: they are left out.
    """
    given = tuple(f"{path}." for path, graph in checked.expanded.subgraphs.items() if graph.weights)
    found, pending, seen = set[Ref](), [ref], {ref}
    while pending:
        ref = pending.pop()
        if checked.nodes[ref.node].may_learn:
            found |= set() if ref.node.startswith(given) else {ref}
            continue
        for _, source in checked.nodes[ref.node].sources_of(ref.port):
            if source not in seen:
                seen.add(source)
                pending.append(source)
    return found
