"""Truth must not reach a prediction: what is computed from truth is truth, and no output of the graph may be."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import field

from registry.contract.block import Block, Weights
from registry.contract.errors import Origin, Problems
from registry.contract.ports import TRUTH_PREFIX
from registry.contract.records import record
from registry.wiring.checked_graph import CheckedGraph, Ref

RULE = (
    "truth is known for simulated events only: losses, monitors, and nodes that no output depends on may take it;\n"
    "wire a tensor that is no truth here, or remove the output"
)


@record(frozen=False)
class Truth:
    """The tensors of a graph that are truth.

    `all`: every one, with the truth that it is computed from. `meant`: those that are truth on purpose, with the tensor
    each comes from: what a loader declares, what other nodes hand on under its name, and what nodes without weights
    make of it for a loss or a monitor. What takes one of them for anything else is the mistake.
    """

    all: dict[Ref, list[Ref]] = field(default_factory=dict)
    meant: dict[Ref, Ref | None] = field(default_factory=dict)


def truth_of(checked: CheckedGraph) -> Truth:
    """Follow truth from the ports that are declared so through the whole graph."""
    truth = Truth()
    targets = _targets(checked)
    for path, node in checked.nodes.items():
        declared = declared_truth(node.block)
        handed_on = node.columns()
        for output in node.types:
            ref = Ref(path, output)
            if output in declared:
                truth.all[ref], truth.meant[ref] = [], None
                continue
            found = [source for _, source in node.sources_of(output) if source in truth.all]
            if not found:
                continue
            truth.all[ref] = found
            source = handed_on.get(output, found[0] if ref in targets else ref)
            if source in truth.meant:
                truth.meant[ref] = source
    return truth


def declared_truth(block: Block) -> set[str]:
    """Return the outputs of a block that are truth: those declared so and, of a loader, those whose names say so."""
    by_name = {port.name for port in block.outputs if block.kind == "loader" and port.name.startswith(TRUTH_PREFIX)}
    return by_name | {port.name for port in block.outputs if port.truth}


def _targets(checked: CheckedGraph) -> set[Ref]:
    """Return the tensors that nodes without weights give to losses and monitors, through others of the kind or not."""
    found: set[Ref] = set()
    for path, node in reversed(checked.nodes.items()):
        weightless = node.weights == Weights()
        if node.block.kind in ("loss", "monitor") or (
            weightless and any(Ref(path, port) in found for port in node.types)
        ):
            found.update(node.sources())
    return {ref for ref in found if checked.nodes[ref.node].weights == Weights()}


@record(frozen=False)
class Leak:
    """A place where truth enters what outputs depend on: the path behind it, and the outputs it reaches."""

    node: str
    path: list[Ref]
    outputs: list[str]


def report_truth(checked: CheckedGraph, problems: Problems) -> None:
    """Report every reference by which truth reaches an output, with the path that it takes."""
    truth = truth_of(checked)
    leaks: dict[str, tuple[Origin, Leak]] = {}
    for name, ref in checked.outputs.items():
        if ref not in truth.all:
            continue
        for place, node, path in _entries(name, ref, checked, truth):
            _, leak = leaks.setdefault(str(place), (place, Leak(node, path, [])))
            leak.outputs += [name] if name not in leak.outputs else []
    for place, leak in leaks.values():
        steps = [str(ref) for ref in leak.path]
        names = ", ".join(map(repr, leak.outputs))
        what = "the output" if len(leak.outputs) == 1 else "the outputs"
        message = f"truth reaches {what} {names}: {' -> '.join([*steps, f'outputs.{leak.outputs[0]}'])}"
        problems.error(message, place, leak.node, RULE)


def _entries(name: str, output: Ref, checked: CheckedGraph, truth: Truth) -> Iterator[tuple[Origin, str, list[Ref]]]:
    """Yield every place by which truth enters an output, with its node, and the path to the output."""
    if output in truth.meant:
        yield checked.expanded.outputs[name].culprit, "outputs", _way(output, truth)
        return
    behind: dict[Ref, Ref | None] = {output: None}
    pending = deque([output])
    while pending:
        ref = pending.popleft()
        for source in truth.all[ref]:
            if source in truth.meant:
                yield checked.nodes[ref.node].places[source], ref.node, [*_way(source, truth), *_chain(ref, behind)]
            elif source not in behind:
                behind[source] = ref
                pending.append(source)


def _way(ref: Ref, truth: Truth) -> list[Ref]:
    """Return the way of truth from the loader to where it is taken."""
    way = [ref]
    while (before := truth.meant[way[0]]) is not None:
        way.insert(0, before)
    return way


def _chain(ref: Ref, behind: dict[Ref, Ref | None]) -> Iterator[Ref]:
    following: Ref | None = ref
    while following is not None:
        yield following
        following = behind[following]
