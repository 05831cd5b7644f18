"""A hit far from all others is a cluster of its own, or in none: never in one with another hit."""

from __future__ import annotations

import numpy as np

from registry.contract.clusterer import Clusterer
from registry.testing.broken import Broken
from registry.testing.subject import Subject

name = "singletons"
slow = False

FAR = 1e4


def applies(subject: Subject) -> str:
    """It applies to clusterers that take coordinates."""
    if subject.kind.kind != "clusterer":
        return "no clusterer"
    return "" if any(port.name == "coordinates" for port in subject.kind.inputs) else "it takes no coordinates"


def check(subject: Subject) -> None:
    """Move one hit away from all others."""
    block, values = subject.block, subject.values([20, 1])
    assert isinstance(block, Clusterer)
    coordinates = values["coordinates"].copy()
    coordinates[7] += FAR
    found = block.cluster({**values, "coordinates": coordinates}).assignment
    together = np.flatnonzero(found[:20] == found[7])
    if found[7] >= 0 and len(together) > 1:
        raise Broken("a hit far from all others alone in its cluster", f"{len(together)} hits in it")
