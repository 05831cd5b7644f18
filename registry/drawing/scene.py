"""What a picture shows: boxes in nested containers, and links; passes of a repeat that are alike are one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from registry.drawing.labels import Shapes, changed_parameters, merged, parameters, value_text
from registry.drawing.passes import Passes
from registry.wiring.wiring import WiredNode, Wiring, flatten


@dataclass
class Box:
    """A node of the picture; `members` are the graph's nodes it stands for, one per pass."""

    path: str
    members: list[WiredNode]

    @property
    def title(self) -> str:
        """The node's own name."""
        return self.path.rpartition(".")[2]

    @property
    def kind(self) -> str:
        """The kind of its block, which decides the colour."""
        return self.members[0].block.kind

    @property
    def block(self) -> str:
        """The name of its block."""
        return self.members[0].block.name

    def changed(self) -> dict[str, str]:
        """Return the parameters that differ from the defaults; values that differ between passes are joined."""
        names = dict.fromkeys(name for wired in self.members for name in changed_parameters(wired.block))
        tables = [parameters(wired.block) for wired in self.members]
        return {name: " | ".join(dict.fromkeys(value_text(table[name]) for table in tables)) for name in names}


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


@dataclass
class Link:
    """All tensors between two boxes; `carried` from one pass to the next."""

    source: str
    target: str
    carried: bool
    tensors: list[Tensor]
    lone: bool
    """The source has one output only, so that its port need not be named."""

    def label(self) -> str:
        """Return what is written at the link."""
        ports = list(dict.fromkeys(tensor.port for tensor in self.tensors))
        if len(ports) > 1:
            return f"{len(ports)} tensors" if len(ports) > 2 else ", ".join(ports)
        shape = self.tensors[0].shape
        return shape if self.lone else f"{ports[0]}: {shape}"


@dataclass
class Scene:
    """A picture's content, before it is laid out."""

    wiring: Wiring
    root: Container
    links: list[Link]

    def box_of(self) -> dict[str, Box]:
        """Return the box of every node that is drawn, by the node's path and by every path it stands for."""
        return {wired.node.path: box for box in self.root.boxes() for wired in box.members}


def build_scene(wiring: Wiring, all_passes: bool = False) -> Scene:
    """Return the picture of a wiring; `all_passes` draws every pass of every repeat."""
    passes = Passes(wiring, all_passes)
    root = Container("", wiring.graph.name)
    containers = {"": root}
    boxes: dict[str, Box] = {}
    for path, wired in wiring.nodes.items():
        drawn = passes.drawn(path)
        if drawn in boxes:
            boxes[drawn].members.append(wired)
            continue
        boxes[drawn] = Box(drawn, [wired])
        parent = root
        for frame in passes.frames(path):
            if frame.path not in containers:
                containers[frame.path] = Container(frame.path, frame.title, frame.count)
                parent.children.append(containers[frame.path])
            parent = containers[frame.path]
        parent.children.append(boxes[drawn])
    return Scene(wiring, root, _links(wiring, passes))


def _links(wiring: Wiring, passes: Passes) -> list[Link]:
    shapes = Shapes(wiring)
    found: dict[tuple[str, str, bool], dict[tuple[str, str], list[str]]] = {}
    for path, wired in wiring.nodes.items():
        for into, wire in wired.inputs.items():
            for ref in flatten(wire):
                key = (passes.drawn(ref.node), passes.drawn(path), passes.carried(ref.node, path))
                shape = shapes.text(wiring.type_of(ref))
                found.setdefault(key, {}).setdefault((ref.port, into), []).append(shape)
    links = []
    for (source, target, carried), tensors in found.items():
        rows = [Tensor(port, into, merged(texts)) for (port, into), texts in tensors.items()]
        links.append(Link(source, target, carried, rows, len(wiring.nodes[source].types) == 1))
    return links
