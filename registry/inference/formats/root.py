"""ROOT: a tree of the table's name with a branch for each column."""

from __future__ import annotations

from pathlib import Path

from registry.inference.needing import require
from registry.inference.tables import Table


def check() -> None:
    """Raise InputError without the package uproot."""
    require("uproot", "root")


def write(file: Path, table: Table) -> None:
    """Write a table, a basket of each branch for each piece."""
    import uproot

    with uproot.recreate(file) as written:
        tree = written.mktree(table.name, dict(table.columns))
        for rows in table.pieces():
            if len(next(iter(rows.values()))):
                tree.extend(rows)
