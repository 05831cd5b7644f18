"""What a graph has for a read-out: outputs of its network and columns of its loader, one row for each hit."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from registry.contract.axes import Axis, TensorType
from registry.contract.ports import is_energy
from registry.contract.records import record
from registry.contract.spelling import did_you_mean
from registry.wiring.loaders import ROW_SPLITS
from registry.wiring.truth import declared_truth

if TYPE_CHECKING:
    from registry.contract.block import Port
    from registry.wiring.checked_graph import CheckedGraph

CLUSTER_SPACE = {"coordinates": "ccoords"}
"""Outputs that a read-out takes for a port that is not named, where the graph has them: the learned space."""


@record
class Offered:
    """What a read-out can take: outputs of the network and columns of the loader that have one row for each hit.

    Types are None where nothing tells them; `truth`: the columns that are truth; `whole`: nothing is wrong with the
    graph, so that what it has no output for has been forgotten; `called`: what the data say that a cluster is.
    """

    outputs: Mapping[str, TensorType | None]
    loaded: Mapping[str, TensorType | None]
    truth: Collection[str]
    whole: bool = True
    called: str = ""

    @classmethod
    def by(cls, checked: CheckedGraph, whole: bool = True) -> Offered:
        """Return what a checked graph offers."""
        loaders = [node for node in checked.nodes.values() if node.block.kind == "loader"]
        loader = loaders[0] if len(loaders) == 1 else None
        hits = loader.types[ROW_SPLITS].points_to if loader else None
        types = {name: checked.type_of(ref) for name, ref in checked.outputs.items() if ref.node in checked.nodes}
        outputs = {name: type_ for name, type_ in types.items() if _of_hits(type_, hits)}
        loaded = {name: type_ for name, type_ in loader.types.items() if name != ROW_SPLITS} if loader else {}
        truth = declared_truth(loader.block) if loader else ()
        return cls(outputs, loaded, truth, whole, getattr(loader.block, "called", "") if loader else "")

    def measured(self, name: str) -> bool:
        """Say whether something is known of hits without a network: what the data have, or what their features hold.

        A graph may have an output `energy` where no energy is measured: each hit counts 1.
        """
        features = self.loaded.get("features")
        held = name != "energy" or not features or is_energy(features.columns)
        return name in self.loaded or (name in self.outputs and held)

    def column_for(self, port: Port, learned: bool) -> str:
        """Return the column that a port takes which is not named: of a network its outputs, else what is measured."""
        measured = {name for name in self.loaded if name not in self.truth}
        if not learned:
            return port.name if port.name in measured | self.outputs.keys() else ""
        names = (CLUSTER_SPACE.get(port.name, port.name), port.name)
        return next((name for name in names if name in self.outputs), "")

    def fault(self, port: Port, name: str) -> tuple[str, str] | None:
        """Return what is wrong with a column for a port, and a hint."""
        if name not in self.outputs and name not in self.loaded:
            known = [*self.outputs, *(column for column in self.loaded if column not in self.truth)]
            return f"there is no output {name!r} with one row for each hit, nor such a column", listing(name, known)
        if name not in self.outputs and name in self.truth:
            return f"{name!r} is truth, which a read-out cannot know", listing(name, self.outputs)
        type_ = self.outputs.get(name) or self.loaded.get(name)
        if type_ and port.pattern.split()[1:] == ["1"] and type_.axes[1:] not in ((), (1,)):
            return f"expected one column, received {name!r}, {type_}", ""
        return None


def listing(name: str, known: Mapping[str, object] | Sequence[str]) -> str:
    """Return the name that was probably meant, or those there are."""
    return did_you_mean(name, list(known)) or f"known: {', '.join(known) or 'none'}"


def _of_hits(type_: TensorType, hits: Axis | None) -> bool:
    """Say whether a tensor has one row for each hit of the events."""
    return bool(type_.axes) and isinstance(type_.axes[0], Axis) and hits in (None, type_.axes[0])
