"""Multiply-adds and kept values of what several blocks do; a comparison, or a term of a sum, counts as one."""

from __future__ import annotations

from registry.contract.block import InputTypes

SCANNED_TILE = 16
"""Hits are scanned in tiles of this many."""

OBJECTS_IN_RANGE = 16
"""Objects that a hit is repelled by: an assumption, as the plan knows no data."""

PAIRED_HITS = 256
"""Hits of the events in which every pair is looked at: an assumption."""

PER_PAIR = 4
"""Multiply-adds of a potential, beside the distance."""


def search(neighbours: int, dimensions: int) -> int:
    """Return an estimate for one hit's search: a distance to every hit of the tiles that its neighbours may lie in.

    Formula: `2^D (K + 16) D`: about K + 16 hits on either side along every dimension. How many there are depends on
    how the hits lie; a small event has fewer.
    """
    return 2**dimensions * (neighbours + SCANNED_TILE) * dimensions


def gather(neighbours: int, width: int, parts: int = 2) -> int:
    """Return the cost of combining `width` columns of all neighbours into `parts` (mean, maximum) for one hit."""
    return parts * neighbours * width


def normalisation(width: int) -> float:
    """Return the cost of normalising one hit: mean, variance or spread, scaling and affine map of every column."""
    return 4.0 * width


def potentials(dimensions: int) -> int:
    """Return the cost of one hit's attraction to its own object, and repulsion from the assumed objects in range."""
    return (1 + OBJECTS_IN_RANGE) * (dimensions + PER_PAIR)


def with_shares(inputs: InputTypes, values: int) -> int:
    """Return the values that a hit of a loss leaves: where objects share it, it stands as a copy for each."""
    if "truth_objects" not in inputs:
        return values
    columns = sum(type_.features for port, type_ in inputs.items() if port not in ("row_splits", "truth_objects"))
    return int(inputs["truth_objects"].features * (values + columns))
