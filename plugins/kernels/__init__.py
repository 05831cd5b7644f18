"""The numerics of point clouds: neighbour search, aggregation over neighbours, condensation sums.

Every function has two implementations with the same numbers: compiled for the CPU by Numba, and pure TensorFlow for
GPUs, XLA and export; `dispatch` chooses between them. TensorFlow and Numba are imported when a function is first used,
so that importing this package costs nothing.
"""

from __future__ import annotations

import importlib
from typing import Any

_HOME = {
    "aggregate": "aggregation",
    "column_sums": "normalisation",
    "exchange": "aggregation",
    "implementation": "dispatch",
    "nearest_neighbours": "neighbours",
    "normalise": "normalisation",
    "push": "aggregation",
    "repulsion_sums": "potentials",
}
__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"registry.plugins.kernels has no attribute {name!r}; it has {', '.join(__all__)}")
    return getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
