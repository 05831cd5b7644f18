"""Declares the loader of DeepJetCore's files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from registry.contract.block import param
from registry.plugins.loaders.description.loader import TableLoader
from registry.plugins.loaders.description.options import TableParams

if TYPE_CHECKING:
    from registry.plugins.loaders.description.table import Table


class DeepJetCore(TableLoader):
    """Reads DeepJetCore's training data (.djctd): ragged arrays with their row splits, as HGCalML writes them.

    An array is named as the file names it, `t_idx`, else `feature0`, `truth0` or `weight0`; a column of a wider one is
    `recHitFeatures[:,0]`. The row splits are those of the first array. A file is read as a whole.
    Outputs: what `columns` names; without `is_track`, no hit is a track.
    Errors: a file that is missing or damaged, arrays of other lengths, row splits that do not fit, and what the other
    loaders of files refuse.
    Source: https://github.com/DL4Jets/DeepJetCore, read by djcdata (https://pypi.org/project/djcdata).
    """

    name: ClassVar[str] = "deepjetcore"
    endings = (".djctd",)
    in_pieces = False
    packages = ("djcdata",)
    extra = "djc"

    remote = False

    class Params(TableParams):
        """Files, columns, truth, scaling, selection, split and augmentation."""

        row_splits: str | None = param("row_splits", "row splits: `row_splits` are those of the first ragged array")

    def open_table(self, file: str, table: str) -> Table:
        from registry.plugins.loaders.deepjetcore.table import DjcTable

        return DjcTable(file)

    @classmethod
    def sample(cls, folder: Path, content: int) -> dict[str, Any]:
        """Write the hits of the samples."""
        import numpy as np
        from djcdata import SimpleArray, TrainData

        from registry.plugins.loaders.samples import SIZES, described, hits

        row_splits, data = np.cumsum([0, *SIZES]).astype(np.int64), TrainData()
        columns = {name: values[:, None] for name, values in hits(content).items() if name != "event"}
        columns["particle"] = columns["particle"].astype(np.int32)
        data._store([SimpleArray(values, row_splits, name=name) for name, values in columns.items()], [], [])
        file = folder / "hits.djctd"
        data.writeToFile(str(file))
        return described(file, without=("event",))


BLOCKS = (DeepJetCore,)
