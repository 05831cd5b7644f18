"""Finds which node of one graph each node of another one became; names and order decide only between equals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from registry.wiring.checked_graph import CheckedGraph, CheckedNode, Ref, flatten
from registry.wiring.fingerprints import node_hashes


def match_nodes(first: CheckedGraph, second: CheckedGraph) -> dict[str, str]:
    """Return which node of the second graph each node of the first became.

    Nodes that compute the same from the same sources match first; then nodes of one name; then nodes of one block that
    have the same sources and parameters, or the same sources and last name.
    """
    pairs = _Equals(first, second).match()
    free = set(second.nodes) - set(pairs.values())
    for path in first.nodes:
        if path not in pairs and path in free:
            pairs[path] = path
            free.discard(path)
    for path, node in first.nodes.items():
        if path not in pairs:
            likely = _most_alike(node, [second.nodes[other] for other in second.nodes if other in free], pairs)
            if likely:
                pairs[path] = likely
                free.discard(likely)
    return {path: pairs[path] for path in first.nodes if path in pairs}


class _Equals:
    """Matches nodes of equal hashes, from the outputs up: only what twins feed tells which is which."""

    def __init__(self, first: CheckedGraph, second: CheckedGraph) -> None:
        self._first, self._second = first, second
        self._old, self._new = node_hashes(first), node_hashes(second)
        self._free: dict[str, dict[str, None]] = {}
        for path, value in self._new.items():
            self._free.setdefault(value, {})[path] = None
        self._pairs: dict[str, str] = {}

    def match(self) -> dict[str, str]:
        """Return the nodes of the second graph by those of the first one."""
        for name, ref in self._first.outputs.items():
            if name in self._second.outputs:
                self._pair(ref.node, self._second.outputs[name].node)
        for path in reversed(self._first.nodes):
            twins = self._free.get(self._old[path], {})
            if path not in self._pairs and twins:
                self._pair(path, path if path in twins else next(iter(twins)))
        return self._pairs

    def _pair(self, before: str, after: str) -> None:
        """Match two nodes if they are equal and free, and then what they take, input by input."""
        waiting = [(before, after)]
        while waiting:
            before, after = waiting.pop()
            free = self._free.get(self._old[before], {})
            if before in self._pairs or after not in free:
                continue
            self._pairs[before] = after
            del free[after]
            sources = zip(_ordered(self._first.nodes[before]), _ordered(self._second.nodes[after]), strict=True)
            waiting += [(old.node, new.node) for old, new in sources]


def _ordered(node: CheckedNode) -> list[Ref]:
    """Return the tensors a node takes, in an order that the names and the file do not decide."""
    found: list[Ref] = []
    for _, source in sorted(node.inputs.items()):
        found += [ref for _, ref in sorted(source.items())] if isinstance(source, dict) else flatten(source)
    return found


def _most_alike(node: CheckedNode, candidates: Iterable[CheckedNode], pairs: Mapping[str, str]) -> str | None:
    sources = {mapped(ref, pairs) for ref in node.sources()}
    best, best_score = None, 1
    for other in candidates:
        if other.block.name != node.block.name:
            continue
        score = 2 * (sources == {str(ref) for ref in other.sources()})
        score += node.block.params == other.block.params
        score += _last(node.written.path) == _last(other.written.path)
        if score > best_score:
            best, best_score = other.written.path, score
    return best


def _last(path: str) -> str:
    return path.rpartition(".")[2]


def mapped(ref: Ref, pairs: Mapping[str, str]) -> str:
    """Return a tensor of the first graph under the name its node has in the second one."""
    return f"{pairs.get(ref.node, ref.node + ' (removed)')}.{ref.port}"
