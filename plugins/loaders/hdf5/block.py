"""Declares the loader of HDF5 files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from registry.contract.block import param
from registry.plugins.loaders.description.loader import TableLoader
from registry.plugins.loaders.description.options import TableParams

if TYPE_CHECKING:
    from registry.plugins.loaders.description.table import Table


class Hdf5(TableLoader):
    """Reads events from HDF5 files: flat columns with offsets or an event id, columns of lists, padded arrays.

    `table` is the group of the columns, one compound dataset, one matrix, or a pattern of groups, `event_*`, each of
    which holds the hits of an event. A field of a compound dataset is named
    `mc_tracks.energy`, a column of a matrix `HitData[:,2]`, or by `names`. Offsets are `row_splits`, or `event.start`
    with `event.length` or `event.stop`, each a dataset or a field of one. A dataset of variable length makes each of
    its entries an event; with `padded` so does a row of an array [events, hits], of which `mask` says what is a hit.
    Outputs: what `columns` names; without `is_track`, no hit is a track.
    Errors: a file that is missing, damaged or not HDF5; a filter of HDF5 that is not installed; offsets that do not
    cover the rows; a column that is missing, not finite, or that the output's type cannot hold.
    Source: https://www.hdfgroup.org/solutions/hdf5, read by h5py (https://docs.h5py.org).
    """

    name: ClassVar[str] = "hdf5"
    endings = (".h5", ".hdf5")
    packages = ("h5py",)
    extra = "hdf5"

    class Params(TableParams):
        """Files, where events end, columns, truth, scaling, selection, split and augmentation."""

        names: list[str] = param([], "names of the columns of a matrix that `table` names, in order")
        padded: bool = param(False, "arrays [events, hits] hold the hits of one event in each row, padded at the end")
        mask: str | None = param(
            None,
            "array [events, hits], 1 where a hit is, or [events], how many there are; null: hits are not nan",
        )

    def open_table(self, file: str, table: str) -> Table:
        from registry.plugins.loaders.description.columns import columns_of
        from registry.plugins.loaders.hdf5.groups import GroupsTable, is_pattern
        from registry.plugins.loaders.hdf5.table import Hdf5Table
        from registry.plugins.shared.expression_grammar import CONSTANTS

        if is_pattern(table):
            return GroupsTable(file, table)
        features = [name for text in self.params.columns.features for name in (text, *columns_of(text, CONSTANTS))]
        main = table == self.params.table
        padding = (self.params.padded, self.params.mask) if main else (False, None)
        return Hdf5Table(file, table, self.params.names if main else [], features if main else [], padding)

    @classmethod
    def sample(cls, folder: Path, content: int) -> dict[str, Any]:
        """Write the hits of the samples."""
        import h5py

        from registry.plugins.loaders.samples import described, hits

        file = folder / "hits.h5"
        with h5py.File(file, "w") as opened:
            for name, values in hits(content).items():
                opened[name] = values
        return described(file)


BLOCKS = (Hdf5,)
