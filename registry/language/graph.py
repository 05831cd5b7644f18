"""The expanded graph: a flat set of nodes, every reference resolved to a node's full path."""

from __future__ import annotations

from dataclasses import field

from registry.contract.errors import Origin
from registry.contract.records import record
from registry.language.dialects import Taken
from registry.language.value import Value


@record
class Reference:
    """What an input takes: a node by its full path, a port ("" if none was named), and the text as written.

    `named_at`: where the node was named, if not here: what a loop carries, what an included graph is given.
    """

    node: str
    port: str
    text: str
    origin: Origin
    named_at: Origin | None = None

    @property
    def culprit(self) -> Origin:
        """The place that chose the node: where it was named, with this reference as what used it."""
        return self.named_at.used_at(self.origin) if self.named_at else self.origin


@record
class Inputs:
    """What `in` says.

    `bundles`: bare references to nodes, whose outputs fill the inputs of equal names; `listed`: `in` was a list of
    them. `ports`: references by input port, with `port_lists` naming the ports that were given a list.
    `named`: optional ports that the bundles fill too, and where each was named.
    `broken`: a reference could not be resolved (it has been reported); what it would have filled is not missing.
    """

    bundles: tuple[Reference, ...] = ()
    ports: dict[str, tuple[Reference, ...]] = field(default_factory=dict)
    port_lists: frozenset[str] = frozenset()
    named: dict[str, Origin] = field(default_factory=dict)
    port_origins: dict[str, Origin] = field(default_factory=dict)
    listed: bool = False
    broken: bool = False


@record
class Group:
    """One level of nesting a node lies in: a pass of a repeat, or a sub-graph."""

    path: str
    """Full path of the repeat or sub-graph node, "iterations"."""
    index: int | None
    """Which pass, from 0; None for a sub-graph."""
    count: int
    """Number of passes; 1 for a sub-graph."""


@record(frozen=False)
class Node:
    """A block to be built: its full path ("iterations.0.gravnet"), block name, inputs and parameters as written.

    `params` holds the block's `defaults` entry overlaid by the node's own `with`, before the block's own defaults.
    """

    path: str
    use: str
    use_origin: Origin
    origin: Origin
    inputs: Inputs
    params: Value
    groups: tuple[Group, ...] = ()
    trainable: bool = True
    stored_as: str = ""
    """Name of the layer that holds the node's weights in files of other programs (`weights:`)."""
    unresolved: bool = False
    """Some of its parameters could not be resolved (reported): `params` holds the others."""


@record
class SubGraph:
    """A graph file that was included as a node."""

    path: str
    file: str
    weights: str
    weights_origin: Origin
    trainable: bool


@record
class Default:
    """Parameters for every node of a block, and where the block's name was written; `used`: there is such a node.

    `chosen`: the blocks that options have chosen for nodes of the file, in whose place the block may be chosen.
    """

    block: str
    origin: Origin
    params: Value
    used: bool = True
    chosen: frozenset[str] = frozenset()


@record(frozen=False)
class Graph:
    """An expanded graph with its merged configuration."""

    name: str
    description: str
    file: str
    nodes: dict[str, Node]
    outputs: dict[str, Reference]
    config: Value
    """All configuration layers merged, every `${...}` resolved; sections by name."""
    idle: tuple[tuple[str, ...], ...] = ()
    """Paths of the options that nothing reads as the graph stands: they are of what is not chosen, or switched off."""
    origin: Origin | None = None
    """Where `blocks:` stands."""
    subgraphs: dict[str, SubGraph] = field(default_factory=dict)
    defaults: list[Default] = field(default_factory=list)
    """What the `defaults` of the graph and of its sub-graphs say."""
    plugins: list[tuple[str, Origin]] = field(default_factory=list)
    """The plugins that included graphs ask for, with the place of each."""
    dialects: tuple[Taken, ...] = ()
    """Other programs whose defaults were taken, because a file of options was written for them."""
    files: tuple[str, ...] = ()
    """Every file read: the graph, its configuration layers, its sub-graphs."""
    unread: list[str] = field(default_factory=list)
    """Paths of nodes, loops and sub-graphs that could not be read (reported)."""
    broken: bool = False
    """Some node or output could not be expanded (reported); what seems unused may not be."""
