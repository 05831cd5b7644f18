"""What parameters of losses amount to on the training events, and where each was written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from registry.contract.data import Columns
from registry.contract.loss import Loss
from registry.drawing.details import parameter_origin
from registry.training.checked_source import CheckedSource
from registry.wiring.checked_graph import CheckedGraph, CheckedNode, Ref
from registry.wiring.loaders import ROW_SPLITS

MOST_HITS = 50_000
"""Hits of the training part that are looked at, and an event at the least."""


@dataclass(frozen=True)
class Amount:
    """A parameter of a loss, its value, where it was written, and what it amounts to."""

    node: str
    parameter: str
    value: Any
    origin: str
    text: str

    def plain(self) -> dict[str, Any]:
        """Return it as plain values, for JSON."""
        return asdict(self)

    @property
    def line(self) -> str:
        """What it says, for the terminal."""
        value = "null" if self.value is None else self.value
        return f"loss {self.node!r}: {self.text} ({self.parameter}: {value}, {self.origin})"


def look_at_losses(checked: CheckedGraph, source: CheckedSource) -> list[Amount]:
    """Return what parameters of losses amount to on the first training events; none without any."""
    sizes = source.sizes("train")
    losses = [node for node in checked.nodes.values() if isinstance(node.block, Loss)]
    if not losses or not sizes.any():
        return []
    first = np.flatnonzero((np.cumsum(sizes) <= MOST_HITS) | (np.arange(len(sizes)) == 0))
    columns = source.read("train", first, None)
    return [amount for node in losses for amount in _amounts(checked, node, columns)]


def _amounts(checked: CheckedGraph, node: CheckedNode, columns: Columns) -> Iterator[Amount]:
    assert isinstance(node.block, Loss)
    wires = {port: loaders_column(checked, ref) for port, ref in node.wires()}
    own = {port: columns[name] for port, name in wires.items() if name in columns} | {ROW_SPLITS: columns[ROW_SPLITS]}
    parameters = node.shown_parameters()
    for name, text in node.block.on_data(own).items():
        yield Amount(node.written.path, name, parameters[name], parameter_origin(node, name), text)


def loaders_column(checked: CheckedGraph, ref: Ref) -> str:
    """Return the column of the loader that a tensor is, handed on by its name for all hits; empty if it is none."""
    loader = checked.loader
    if checked.type_of(ref).axes[:1] != (loader.types[ROW_SPLITS].points_to,):
        return ""
    while ref.node != loader.written.path:
        handed_on = checked.nodes[ref.node].columns().get(ref.port)
        if handed_on is None:
            return ""
        ref = handed_on
    return ref.port
