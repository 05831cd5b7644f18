"""Names the variables of a network by the nodes they belong to."""

from __future__ import annotations

from registry.compiling.model import Compiled
from registry.training.checkpoint import NamedVariable


def variables_of(compiled: Compiled) -> list[NamedVariable]:
    """Return all variables of the layers, in the DAG's order, each once: weights, and states of random numbers."""
    found: dict[int, NamedVariable] = {}
    for node, layer in compiled.layers.items():
        weights = {id(variable) for variable in layer.weights}
        for variable in layer.variables:
            item = NamedVariable(node, variable.path, id(variable) in weights, variable)
            found.setdefault(id(variable), item)
    return list(found.values())
