"""Splits a picture into levels: the content of each frame is laid out by itself, and is one item to what surrounds it.

A link that crosses the border of a frame goes through a port on that border; so a frame can be folded, or grow, and
nothing outside it changes its place among its neighbours.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from registry.drawing.scene import Box, Container, Link, Scene


@dataclass
class Edge:
    """A line between two items of a level, or from or to a port of an item that is a frame.

    `via`: the bends and the label it passes through, in order; `loop`: it returns along the side of the frame.
    """

    source: str
    source_port: str
    target: str
    target_port: str
    links: list[Link]
    labelled: bool
    loop: bool = False
    via: list[str] = field(default_factory=list)

    @property
    def change(self) -> str:
        """What happened to all links of the line: "added", "removed", or nothing."""
        changes = {link.change for link in self.links}
        return changes.pop() if len(changes) == 1 else ""


@dataclass
class Level:
    """The children of a container, ports on its upper and lower border, and the lines between them."""

    container: Container
    edges: list[Edge] = field(default_factory=list)
    entries: list[str] = field(default_factory=list)
    exits: list[str] = field(default_factory=list)

    @property
    def children(self) -> list[str]:
        """The paths of the boxes and frames in the container."""
        return [child.path for child in self.container.children]


def split(scene: Scene) -> dict[str, Level]:
    """Return the level of every container by its path."""
    return _Splitter(scene).levels


class _Splitter:
    def __init__(self, scene: Scene) -> None:
        self.levels: dict[str, Level] = {}
        self._parents: dict[str, str] = {}
        self._edges: dict[tuple[str, str, str, str, str], Edge] = {}
        self._register(scene.root)
        for link in scene.links:
            self._add(link)

    def _register(self, container: Container) -> None:
        self.levels[container.path] = Level(container)
        for child in container.children:
            self._parents[child.path] = container.path
            if not isinstance(child, Box):
                self._register(child)

    def _chain(self, path: str) -> list[str]:
        """Return the containers around an item, innermost first; the last one is the root."""
        chain = []
        while path:
            path = self._parents[path]
            chain.append(path)
        return chain

    def _add(self, link: Link) -> None:
        around_target = self._chain(link.target)
        common = link.carrier or next(path for path in self._chain(link.source) if path in around_target)
        source, source_port = self._leave(link, common)
        target, target_port = self._enter(link, common)
        if link.carrier:
            exit_, entry = f"{common}>next>{link.source}", f"{common}>last>{link.source}"
            self._port(self.levels[common].exits, exit_)
            self._port(self.levels[common].entries, entry)
            self._join(common, source, source_port, exit_, "", link, labelled=True)
            self._join(common, exit_, "", entry, "", link, loop=True)
            self._join(common, entry, "", target, target_port, link)
        else:
            self._join(common, source, source_port, target, target_port, link, labelled=True)

    def _leave(self, link: Link, common: str) -> tuple[str, str]:
        """Lead a link out of the frames around its source; return the item of `common` it leaves, and the port."""
        item, port = link.source, ""
        while self._parents[item] != common:
            frame = self._parents[item]
            exit_ = f"{frame}>out>{link.source}"
            self._port(self.levels[frame].exits, exit_)
            self._join(frame, item, port, exit_, "", link)
            item, port = frame, exit_
        return item, port

    def _enter(self, link: Link, common: str) -> tuple[str, str]:
        """Lead a link into the frames around its target; return the item of `common` it enters, and the port."""
        item, port = link.target, ""
        while self._parents[item] != common:
            frame = self._parents[item]
            entry = f"{frame}>in>{link.source}" + (">last" if link.carrier else "")
            self._port(self.levels[frame].entries, entry)
            self._join(frame, entry, "", item, port, link)
            item, port = frame, entry
        return item, port

    @staticmethod
    def _port(ports: list[str], name: str) -> None:
        if name not in ports:
            ports.append(name)

    def _join(
        self,
        level: str,
        source: str,
        source_port: str,
        target: str,
        target_port: str,
        link: Link,
        labelled: bool = False,
        loop: bool = False,
    ) -> None:
        key = (level, source, source_port, target, target_port)
        if key not in self._edges:
            self._edges[key] = Edge(source, source_port, target, target_port, [], labelled, loop)
            self.levels[level].edges.append(self._edges[key])
        if link not in self._edges[key].links:
            self._edges[key].links.append(link)
