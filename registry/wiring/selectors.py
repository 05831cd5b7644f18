"""Which nodes the selectors of a stage name, and which of several selectors counts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from registry.configuration.options import Stage
from registry.contract.records import record

if TYPE_CHECKING:
    from registry.wiring.checked_graph import CheckedGraph


def select(selector: str, checked: CheckedGraph) -> list[str]:
    """Return the nodes a selector names: a pattern (`*`, `?`) for the node's path, or for its path and block.

    `iterations.0.gravnet` is one node, `iterations.*.gravnet` one in each pass, `*.gooey_batchnorm` every node of that
    block, `iterations` every node of a repeat, `iterations.0` those of one pass, `pre` those of an included graph.
    """
    return [path for path, node in checked.nodes.items() if names(selector, path, node.written.use)]


def names(selector: str, path: str, block: str) -> bool:
    """Say whether a selector names the node at a path, with the block that it uses, or a group that it is in."""
    return names_itself(selector, path, block) or any(fnmatchcase(group, selector) for group in groups(path))


def groups(path: str) -> list[str]:
    """Return the paths of the repeats, passes and included graphs that a node is in, the outermost first."""
    return [path[:end] for end, letter in enumerate(path) if letter == "."]


def names_itself(selector: str, path: str, block: str) -> bool:
    """Say whether a selector names a node by its own path, or by its path and block."""
    return fnmatchcase(path, selector) or fnmatchcase(f"{path}.{block}", selector)


def holders(selector: str, name: str, checked: CheckedGraph) -> list[str]:
    """Return the nodes that a selector names whose blocks have a parameter."""
    return [path for path in select(selector, checked) if name in type(checked.nodes[path].block.params).model_fields]


def patterns(paths: Sequence[str], checked: CheckedGraph) -> list[str]:
    """Return nodes in few words: with `*` for the number of a pass where all passes of a repeat are meant."""
    found: dict[str, None] = {}
    for path in paths:
        short = ".".join("*" if part.isdigit() else part for part in path.split("."))
        whole = all(other in paths for other in checked.nodes if fnmatchcase(other, short))
        found[short if whole else path] = None
    return list(found)


@record
class Contradiction:
    """Two selectors, in the order written, that ask for different values of one node, neither the more specific."""

    node: str
    first: str
    second: str


@record
class Chosen:
    """What each node gets, and the selectors that contradict each other."""

    values: dict[str, Any] = field(default_factory=dict)
    contradictions: list[Contradiction] = field(default_factory=list)


def choose(asked: Iterable[tuple[str, Any]], checked: CheckedGraph, name: str = "") -> Chosen:
    """Return what each node gets of values that are asked for by selectors; `name`: only nodes with this parameter.

    Of two selectors that name a node the more specific one counts, whose nodes are only a part of the other's.
    """
    chosen, winners = Chosen(), dict[str, tuple[str, frozenset[str]]]()
    for selector, value in asked:
        nodes = frozenset(holders(selector, name, checked) if name else select(selector, checked))
        for node in sorted(nodes):
            first, others = winners.get(node, (selector, nodes))
            equal = chosen.values.get(node, value) == value
            if not (equal or nodes < others or others < nodes):
                chosen.contradictions.append(Contradiction(node, first, selector))
            if node not in winners or nodes < others:
                winners[node], chosen.values[node] = (selector, nodes), value
    return chosen


def trained(stage: Stage, checked: CheckedGraph) -> Chosen:
    """Return of every node that a stage freezes or unfreezes whether its weights are trained from there on."""
    asked = [(selector, False) for selector in stage.options.freeze]
    return choose([*asked, *((selector, True) for selector in stage.options.unfreeze)], checked)


def parameters_set(stage: Stage, checked: CheckedGraph) -> dict[str, Chosen]:
    """Return what a stage sets, by parameter."""
    written = [(selector, changes) for selector, changes in stage.options.set.items() if isinstance(changes, dict)]
    found = dict.fromkeys(name for _, changes in written for name in changes)
    return {
        name: choose([(selector, changes[name]) for selector, changes in written if name in changes], checked, name)
        for name in found
    }
