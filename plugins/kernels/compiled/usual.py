"""The types that a training in float32 calls the kernels with: those for which they can be compiled beforehand."""

from __future__ import annotations

import importlib
from typing import Any

from numba import boolean, float32, float64, int16, int32, int64, types, uint32

from registry.plugins.kernels.compiled.potentials import Tiles
from registry.plugins.kernels.compiled.tree import Tree

F1, F2, F3 = float32[::1], float32[:, ::1], float32[:, :, ::1]
I1, I2, L1, U1 = int32[::1], int32[:, ::1], int64[::1], uint32[::1]
WINNER = int16[:, ::1]

TREE = types.NamedTuple([F2, I2, F2, F2, L1, L1, L1], Tree)
TILES = types.NamedTuple([I2, I1, F3, F2, I2, F2, F2, I1], Tiles)

TYPES: dict[str, tuple[Any, ...]] = {
    "tree.build": (F2, I1, I1, int64),
    "search.search": (TREE, TREE, int64, I2, I2),
    "normalisation.column_sums": (F2, int64, F2, boolean, F3),
    "normalisation.normalise": (F2, int64, F2, F2, F2, F2, F2),
    "normalisation.normalise_gradients": (F2, F2, int64, F2, F2, F2, F2, F2, F3),
    "aggregation.weighted_sum": (F2, F2, I2, float64, F2),
    "aggregation.mean_and_maximum": (F2, F2, I2, int64, boolean, F2, WINNER),
    "aggregation_gradients.reverse": (I2, int64, U1),
    "aggregation_gradients.list_weights": (F2, L1, U1, F1),
    "aggregation_gradients.reversed_sum": (F2, float64, F1, int64, WINNER, int64, boolean, L1, U1, F2),
    "edge_gradients.edge_gradients": (F2, F2, float64, int64, int64, float64, F2, I2, WINNER, F2),
    "distances.distance_gradient": (F2, I2, F2, L1, U1, F2),
    "potentials.lay_out": (I2, L1, L1, F2, F1, I1),
    "potentials.object_sums": (TILES, L1, F2, F1, I1, int64, boolean, float32, F2),
    "potentials.hit_gradients": (TILES, F2, F1, I1, F1, int64, boolean, float32, F2, F1),
}
"""The arguments of each kernel, "module.function"."""


def kernel(name: str) -> Any:
    """Return the kernel of a name, "module.function"."""
    module, _, function = name.partition(".")
    return getattr(importlib.import_module(f"{__package__}.{module}"), function)


def name_of(kernel: Any) -> str:
    """Return the name of a kernel, "module.function"."""
    function = kernel.py_func
    return f"{function.__module__.rpartition('.')[2]}.{function.__name__}"
