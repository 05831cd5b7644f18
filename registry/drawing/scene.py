"""What a picture shows: boxes in nested containers, and links; passes of a repeat that are alike are one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from registry.contract.shown import NodeStyle
from registry.drawing.labels import ELLIPSIS, Shapes, changed_parameters, clipped, merged, value_text
from registry.drawing.passes import Passes
from registry.drawing.styling import PLAIN, style_of
from registry.wiring.checked_graph import CheckedGraph, CheckedNode, named

OUTPUTS = "outputs:"
"""Start of the path of a box that lists outputs of the graph; no node's path holds a colon."""


@dataclass
class Box:
    """A node of the picture; `members` are the graph's nodes it stands for, one per pass; none for graph outputs."""

    path: str
    title: str
    kind: str
    block: str
    members: list[CheckedNode] = field(default_factory=list)
    rows: list[str] = field(default_factory=list)
    """The parameters that differ from the defaults; for outputs, their names."""
    style: NodeStyle = PLAIN

    @property
    def heads(self) -> list[str]:
        """The lines above the rows: the title, and the block where it has another name."""
        return [self.title] if self.block in ("", self.title) else [self.title, self.block]

    def lines(self, length: int) -> list[str]:
        """Return all that the box says, each row in at most `length` characters."""
        return [*self.heads, *(clipped(row, length) for row in self.rows)]


@dataclass
class Container:
    """A repeat, one pass of it, or a sub-graph: a frame with a title around its children. The root has no path."""

    path: str
    title: str
    count: int = 1
    children: list[Box | Container] = field(default_factory=list)

    def boxes(self) -> Iterator[Box]:
        """Yield the boxes at any depth."""
        for child in self.children:
            if isinstance(child, Box):
                yield child
            else:
                yield from child.boxes()

    def containers(self) -> Iterator[Container]:
        """Yield the containers at any depth, outer ones first."""
        for child in self.children:
            if isinstance(child, Container):
                yield child
                yield from child.containers()


@dataclass
class Tensor:
    """What a link carries: the port it leaves, the port it enters, its shape."""

    port: str
    into: str
    shape: str
    bundled: bool = False
    """A bundle filled the input by its name."""


@dataclass
class Link:
    """All tensors between two boxes."""

    source: str
    target: str
    carrier: str
    """The repeat whose passes the link leads from and to; empty for a link within a pass."""
    tensors: list[Tensor]
    lone: bool
    """The source has one output only, so that its port need not be named."""
    change: str = ""
    """"added" or "removed", in the picture of a difference."""


MOST_LABEL_LINES = 3
"""A line that carries more tensors than this names the first ones only."""


def label_lines(links: list[Link], cut: bool = True) -> list[str]:
    """Return what is written at a line that stands for one or more links from one source: ports and shapes."""
    shapes = {tensor.port: tensor.shape for link in links for tensor in link.tensors}
    lines = [shape if links[0].lone else f"{port}: {shape}" for port, shape in shapes.items()]
    if len(lines) <= MOST_LABEL_LINES or not cut:
        return lines
    return [*lines[: MOST_LABEL_LINES - 1], f"{ELLIPSIS} {len(lines) - MOST_LABEL_LINES + 1} more"]


def is_cut(lines: list[str]) -> bool:
    """Say whether `label_lines` left some out."""
    return lines[-1].startswith(ELLIPSIS)


@dataclass
class Scene:
    """A picture's content, before it is laid out."""

    checked: CheckedGraph
    root: Container
    links: list[Link]


def build_scene(checked: CheckedGraph, all_passes: bool = False) -> Scene:
    """Return the picture of a checked graph; `all_passes` draws every pass of every repeat.

    Raises InputError for a plugin that should style a node and fails.
    """
    passes = Passes(checked, all_passes)
    root = Container("", checked.expanded.name)
    containers = {"": root}
    boxes: dict[str, Box] = {}
    for path, node in checked.nodes.items():
        drawn = passes.drawn(path)
        if drawn in boxes:
            boxes[drawn].members.append(node)
            continue
        boxes[drawn] = Box(drawn, drawn.rpartition(".")[2], node.block.kind, node.block.name, [node])
        parent = root
        for frame in passes.frames(path):
            if frame.path not in containers:
                containers[frame.path] = Container(frame.path, frame.title, frame.count)
                parent.children.append(containers[frame.path])
            parent = containers[frame.path]
        parent.children.append(boxes[drawn])
    for box in boxes.values():
        box.style = style_of(box.members[0], checked)
        box.rows = [*filter(None, [box.style.note]), *_changed(box.members)]
    outputs, links = _outputs(checked, passes)
    root.children += outputs
    return Scene(checked, root, _links(checked, passes) + links)


def _changed(members: list[CheckedNode]) -> list[str]:
    """Return the parameters that differ from the defaults; values that differ between passes stand side by side."""
    names = dict.fromkeys(name for node in members for name in changed_parameters(node))
    tables = [node.shown_parameters() for node in members]
    return [f"{name}: {' | '.join(dict.fromkeys(value_text(table[name]) for table in tables))}" for name in names]


def _links(checked: CheckedGraph, passes: Passes) -> list[Link]:
    shapes = Shapes(checked)
    found: dict[tuple[str, str, str], dict[tuple[str, str], list[str]]] = {}
    bundled: set[tuple[str, str, str, str]] = set()
    for path, node in checked.nodes.items():
        for into, source in node.inputs.items():
            for name, ref in named(into, source):
                key = (passes.drawn(ref.node), passes.drawn(path), passes.carrier(ref.node, path))
                if name in node.bundled:
                    bundled.add((*key[:2], ref.port, into))
                shape = shapes.text(checked.type_of(ref))
                found.setdefault(key, {}).setdefault((ref.port, into), []).append(shape)
    links = []
    for (start, target, carrier), tensors in found.items():
        rows = [
            Tensor(port, into, merged(texts), (start, target, port, into) in bundled)
            for (port, into), texts in tensors.items()
        ]
        links.append(Link(start, target, carrier, rows, len(checked.nodes[start].types) == 1))
    return links


def _outputs(checked: CheckedGraph, passes: Passes) -> tuple[list[Box], list[Link]]:
    """Return a box for the graph outputs of each node, and the links to them."""
    shapes = Shapes(checked)
    found: dict[str, list[Tensor]] = {}
    for name, ref in checked.outputs.items():
        shape = shapes.text(checked.type_of(ref))
        found.setdefault(passes.drawn(ref.node), []).append(Tensor(ref.port, name, shape))
    boxes, links = [], []
    for source, tensors in found.items():
        path = OUTPUTS + source
        boxes.append(Box(path, "outputs", "output", "", rows=[tensor.into for tensor in tensors]))
        links.append(Link(source, path, "", tensors, len(checked.nodes[source].types) == 1))
    return boxes, links
