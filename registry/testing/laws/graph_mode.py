"""What a layer computes step by step it computes as a graph, too."""

from __future__ import annotations

from registry.testing.comparing import require_same
from registry.testing.subject import Subject

name = "graph mode"
slow = False

SIZES = [7, 1, 12]


def applies(subject: Subject) -> str:
    """It applies to all that is part of a network."""
    return "" if subject.has_layer else "no part of a network"


def check(subject: Subject) -> None:
    """Run the layer as a graph that was traced without knowing how many hits there are."""
    values = subject.values(SIZES)
    require_same(subject.graph(values), subject.running(values), "the graph's outputs as those without a graph")
