"""Which passes of a repeat are alike, so that one of them can stand for all."""

from __future__ import annotations

from dataclasses import dataclass

from registry.drawing.labels import TIMES
from registry.language.graph import Group
from registry.wiring.checked_graph import CheckedGraph, CheckedNode

OUTSIDE = "(outside)"


@dataclass(frozen=True)
class Frame:
    """A container that a node is drawn in."""

    path: str
    title: str
    count: int = 1


class Passes:
    """Maps every node to the one that is drawn for it: the node of the first pass, where all passes are alike."""

    def __init__(self, checked: CheckedGraph, all_passes: bool = False) -> None:
        self._nodes = checked.nodes
        self._alike = set() if all_passes else _alike_repeats(checked)
        self._drawn: dict[str, str] = {}
        self._frames: dict[str, list[Frame]] = {}
        self._repeats: dict[str, list[str]] = {}
        included = {
            group.path for node in checked.nodes.values() for group in node.written.groups if group.index is None
        }
        for path, node in checked.nodes.items():
            self._place(path, node.written.groups)
            if path in included:
                # The face of a sub-graph, which hands on its outputs, is drawn inside it.
                self._frames[path].append(_frame_of_sub_graph(self._drawn[path]))

    def drawn(self, path: str) -> str:
        """Return the path of the node that is drawn for a node."""
        return self._drawn[path]

    def frames(self, path: str) -> list[Frame]:
        """Return the containers a node is drawn in, outermost first."""
        return self._frames[path]

    def carrier(self, source: str, target: str) -> str:
        """Return the repeat, drawn once, from one pass of which an edge leads to another; empty within a pass."""
        theirs = {group.path: group.index for group in self._nodes[target].written.groups}
        for group, frame in zip(self._nodes[source].written.groups, self._repeats[source], strict=True):
            if group.path in self._alike and theirs.get(group.path, group.index) != group.index:
                return frame
        return ""

    def _place(self, path: str, groups: tuple[Group, ...]) -> None:
        real = drawn = ""
        frames = []
        repeats = self._repeats.setdefault(path, [])
        for group in groups:
            drawn += group.path[len(real) :]
            real = group.path
            repeats.append(drawn)
            name = drawn.rpartition(".")[2]
            if group.index is None:
                frames.append(_frame_of_sub_graph(drawn))
                continue
            once = group.path in self._alike
            frames.append(Frame(drawn, f"{name} {TIMES}{group.count}", group.count))
            real += f".{group.index}"
            drawn += ".0" if once else f".{group.index}"
            if not once:
                frames.append(Frame(drawn, f"{name}.{group.index}"))
        self._drawn[path] = drawn + path[len(real) :]
        self._frames[path] = frames


def _frame_of_sub_graph(path: str) -> Frame:
    """Return the frame of a sub-graph; its path ends in a slash, since a node has the path itself."""
    return Frame(path + "/", path.rpartition(".")[2])


def _alike_repeats(checked: CheckedGraph) -> set[str]:
    """Return the paths of the repeats of which all passes have the same nodes with the same inputs."""
    repeats: dict[str, dict[int, dict[str, object]]] = {}
    for path, node in checked.nodes.items():
        for group in node.written.groups:
            if group.index is not None:
                prefix = f"{group.path}.{group.index}."
                passes = repeats.setdefault(group.path, {})
                passes.setdefault(group.index, {})[path.removeprefix(prefix)] = _signature(node, prefix)
    found = set()
    for path, passes in repeats.items():
        first, *others = passes.values()
        if all(other == first for other in others):
            found.add(path)
    return found


def _signature(node: CheckedNode, prefix: str) -> object:
    """Return a node's block and sources, as seen from inside its pass; whatever comes from elsewhere is alike."""
    sources = [
        (ref.node.removeprefix(prefix), ref.port) if ref.node.startswith(prefix) else OUTSIDE for ref in node.sources()
    ]
    return node.block.name, sources
