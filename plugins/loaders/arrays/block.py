"""Declares the loader of arrays in a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from registry.contract.block import param
from registry.plugins.loaders.description.loader import TableLoader
from registry.plugins.loaders.description.options import TableParams

if TYPE_CHECKING:
    from registry.plugins.loaders.description.table import Table


class Arrays(TableLoader):
    """Reads events from npz files of flat columns, one value per hit, and row splits.

    `features` are scaled as `transforms` says, `(f(clip(x)) - offset) / scale`; the other columns are left alone.
    Augmentations change training events, differently in every epoch. `truth_index` counts the objects of each
    event from 0, whatever their ids in the file; the source's `original` returns those.
    A column of a matrix is named by its place, `position[:,0]`. An npy file is a matrix: its columns are `[:,0]`, and
    `row_splits` is another npy file. Fields of records are columns, too: `hits.x` in an npz file, `x` in an npy file.
    Outputs: what `columns` names; without `is_track`, no hit is a track.
    Errors: a file that is missing or not npz, a column that is missing, not flat, not finite or of another length, a
    value that float32 or int32 cannot hold, row splits that do not fit, and a part that gets no events stop the run
    before training starts.
    """

    name: ClassVar[str] = "arrays"
    endings = (".npz", ".npy")

    class Params(TableParams):
        """File, columns, scaling, selection, split and augmentation."""

        row_splits: str | None = param(
            "row_splits", "array of where each event starts and the last one ends, whole [events+1]"
        )

    def open_table(self, file: str, table: str) -> Table:
        from registry.plugins.loaders.arrays.npz import open_arrays
        from registry.plugins.loaders.description.columns import columns_of
        from registry.plugins.shared.expression_grammar import CONSTANTS

        return open_arrays(
            file, [name for text in self.params.columns.features for name in (text, *columns_of(text, CONSTANTS))]
        )

    @classmethod
    def sample(cls, folder: Path, content: int) -> dict[str, Any]:
        """Write the hits of the samples."""
        import numpy as np

        from registry.plugins.loaders.samples import described, hits

        file = folder / "hits.npz"
        np.savez(file, **hits(content))
        return described(file)


BLOCKS = (Arrays,)
