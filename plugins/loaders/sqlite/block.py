"""Declares the loader of SQLite databases."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from registry.contract.block import param
from registry.plugins.loaders.description.loader import TableLoader
from registry.plugins.loaders.description.options import TableParams

if TYPE_CHECKING:
    from registry.plugins.loaders.description.table import Table


class Sqlite(TableLoader):
    """Reads events from SQLite databases, as neutrino telescopes have them: a row for each hit, with the event's id.

    `table` is the table, or the view, of the hits; the columns of another one are those of objects, as `objects.table`
    says; `events/NAME` is a column of a table `events`, in the order of the events; `event.start` may name it. SQLite
    has no types of columns: a column holds what its values are, whole numbers or floats, and one that holds both is of
    floats.
    Outputs: what `columns` names; without `is_track`, no hit is a track.
    Errors: a file that is missing, damaged or no database; a table that is missing; a column that is missing, not
    finite, or that the output's type cannot hold.
    Source: https://www.sqlite.org/fileformat.html.
    """

    name: ClassVar[str] = "sqlite"
    endings = (".db", ".sqlite", ".sqlite3")

    remote = False

    class Params(TableParams):
        """Files, where events end, columns, truth, scaling, selection, split and augmentation."""

        table: str = param("", "table of the hits; empty where the file has but one")

    def open_table(self, file: str, table: str) -> Table:
        from registry.plugins.loaders.sqlite.table import SqliteTable

        return SqliteTable(file, table)

    @classmethod
    def sample(cls, folder: Path, content: int) -> dict[str, Any]:
        """Write the hits of the samples."""
        import sqlite3
        from contextlib import closing

        import pandas as pd

        from registry.plugins.loaders.samples import described, hits

        file = folder / "hits.db"
        with closing(sqlite3.connect(file)) as database:
            pd.DataFrame(hits(content)).to_sql("hits", database, index=False)
        return described(file)


BLOCKS = (Sqlite,)
