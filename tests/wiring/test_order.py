"""The order of nodes, against that of networkx."""

from __future__ import annotations

from graphlib import CycleError

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.wiring.order import ordered


@st.composite
def sources(draw: st.DrawFn) -> dict[str, list[str]]:
    """Return nodes, in any order, each with what it takes, without loops."""
    names = [f"n{index}" for index in range(draw(st.integers(0, 12)))]
    taken = {
        name: draw(st.lists(st.sampled_from(names[:index]), unique=True)) if index else []
        for index, name in enumerate(names)
    }
    return {name: taken[name] for name in draw(st.permutations(names))}


@given(sources())
def test_sources_come_first_and_else_the_order_of_the_file(taken: dict[str, list[str]]) -> None:
    dag = nx.DiGraph()
    dag.add_nodes_from(taken)
    dag.add_edges_from((source, name) for name, found in taken.items() for source in found)
    assert ordered(taken) == list(nx.lexicographical_topological_sort(dag, key=list(taken).index))


def test_a_loop_has_no_order() -> None:
    with pytest.raises(CycleError):
        ordered({"a": ["b"], "b": ["a"]})
