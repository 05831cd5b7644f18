"""How arrays of hits are written as the columns of a table: one row a hit, one column a number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

EVENT = "event"
"""The column with the number of a hit's event."""

KEPT = "kept"
"""The output by which a network says which hits it has kept."""

OWN = (EVENT, "hit", "original_id", "cluster", "condensation_point", KEPT)
"""Columns of the hits that are no outputs of the network."""


def column_names(name: str, shape: Sequence[int | None]) -> list[str]:
    """Return the columns of an array [hits, ...]: `name` or, if it is wider than one, `name_0`, `name_1`, ..."""
    width = 1
    for length in shape[1:]:
        width *= length or 0
    return [name] if width == 1 else [f"{name}_{index}" for index in range(width)]


def output_name(name: str) -> str:
    """Return what an output is called in a table, where it must not be taken for a column of the table's own."""
    return f"output_{name}" if name in OWN else name


def table_columns(arrays: Mapping[str, tuple[Sequence[int | None], str]]) -> dict[str, str]:
    """Return the dtype of every column, given the shape and dtype of arrays by name."""
    return {column: dtype for name, (shape, dtype) in arrays.items() for column in column_names(name, shape)}
