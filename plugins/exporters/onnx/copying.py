"""Lets tf2onnx copy the condition of a loop alone."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def conditions_copied_alone() -> Iterator[None]:
    """Within this, what a copied graph lies in is shared with its original.

    tf2onnx copies the condition of every loop, and with it the whole network that the loop is in, which the copy holds
    from then on: for some dozen loops that takes minutes and more than ten gigabytes.
    """
    from tf2onnx.graph import Graph

    Graph.__deepcopy__ = _copied_alone
    try:
        yield
    finally:
        del Graph.__deepcopy__


def _copied_alone(graph: Any, known: dict[int, Any]) -> Any:
    if graph.parent_graph is not None:
        known[id(graph.parent_graph)] = graph.parent_graph
    made = known[id(graph)] = object.__new__(type(graph))
    made.__dict__.update(copy.deepcopy(graph.__dict__, known))
    return made
