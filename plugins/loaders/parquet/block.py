"""Declares the loader of parquet files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from registry.plugins.loaders.description.loader import TableLoader
from registry.plugins.loaders.description.options import TableParams

if TYPE_CHECKING:
    from registry.plugins.loaders.description.table import Table


class Parquet(TableLoader):
    """Reads events from parquet files: a row of lists for each event, or a row for each hit with the event's id.

    Columns that are lists make every row an event; fields of a struct are named by a path, `photons.t`, the values of
    lists of one length as `position[:,0]`. With `event.id` a row is a hit, and rows of one id are an event, in whatever
    order they lie. Row groups are read one at a time.
    Outputs: what `columns` names; without `is_track`, no hit is a track.
    Errors: a file that is missing, damaged or not parquet; a list or an id that is null; lists of one row that differ
    in length; a column that is missing, not finite, or that the output's type cannot hold.
    Source: https://parquet.apache.org, read by pyarrow (https://arrow.apache.org/docs/python).
    """

    name: ClassVar[str] = "parquet"
    endings = (".parquet", ".pq")
    packages = ("pyarrow",)
    extra = "parquet"

    class Params(TableParams):
        """Files, where events end, columns, truth, scaling, selection, split and augmentation."""

    def open_table(self, file: str, table: str) -> Table:
        from registry.plugins.loaders.parquet.table import ParquetTable

        return ParquetTable(file)

    @classmethod
    def sample(cls, folder: Path, content: int) -> dict[str, Any]:
        """Write the hits of the samples."""
        import pandas as pd

        from registry.plugins.loaders.samples import described, hits

        file = folder / "hits.parquet"
        pd.DataFrame(hits(content)).to_parquet(file)
        return described(file)


BLOCKS = (Parquet,)
