"""An axis of an output that was surely meant as one of an input is a fault of the declaration."""

from __future__ import annotations

import pytest

from registry.contract.block import Block, Port
from registry.loading.declarations import faults


def declared(given: str, returned: str) -> list[str]:
    fields = {"name": "one", "kind": "layer", "layer": "one:One", "__doc__": "One.", "__module__": __name__}
    ports = {"inputs": (Port("x", given, "x"),), "outputs": (Port("y", returned, "y"),)}
    return [problem.message for problem in faults(type("One", (Block,), {**fields, **ports}))]


@pytest.mark.parametrize(
    ("given", "returned"), [("hist features", "hits 3"), ("hits 3", "hit 3"), ("events+1 -> hits", "event 1")]
)
def test_a_slip_is_named_with_both_axes(given: str, returned: str) -> None:
    (message,) = declared(given, returned)
    assert "no input has the axis" in message
    assert given.split()[-1 if "->" in given else 0] in message or "events" in message


@pytest.mark.parametrize("returned", ["kept features", "hits 3", "clusters 1", "hits_up 2", "events 2"])
def test_a_new_axis_of_another_name_is_one(returned: str) -> None:
    assert declared("hits features", returned) == []
