"""Declares the loader of arrays in a file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

from registry.contract.axes import Bindings, TensorType
from registry.contract.block import Complaint, InputTypes, Loader
from registry.contract.data import Preview, Source
from registry.plugins.loaders.arrays.options import ArraysParams
from registry.plugins.shared.ports import INPUT_PORTS, SAMPLE, TRUTH_PORTS

QUICKLY_READ = 50_000_000
"""Bytes of a file that `check` reads."""


class Arrays(Loader):
    """Reads events from an npz file of flat columns, one value per hit, and row splits.

    `features` are scaled as `transforms` says, `(f(clip(x)) - offset) / scale`; the other columns are left alone.
    Training events can be rotated and mirrored, differently in every epoch. `truth_index` counts the objects of each
    event from 0, whatever their ids in the file; the source's `original` returns those.
    Outputs: what `columns` names; without `is_track`, no hit is a track.
    Errors: a file that is missing or not npz, a column that is missing, not flat, not finite or of another length, a
    value that float32 or int32 cannot hold, row splits that do not fit, and a part that gets no events stop the run
    before training starts.
    """

    name: ClassVar[str] = "arrays"
    outputs = (*INPUT_PORTS, *TRUTH_PORTS, SAMPLE)

    class Params(ArraysParams):
        """File, columns, scaling, selection, split and augmentation."""

    def output_types(self, inputs: InputTypes, bindings: Bindings, node: str) -> dict[str, TensorType]:
        columns = self.params.columns
        bindings.sizes["features"] = len(columns.features)
        types = super().output_types(inputs, bindings, node)
        return {name: type_ for name, type_ in types.items() if name in ("row_splits", "is_track") or columns.of(name)}

    def check(self) -> Iterator[Complaint]:
        from registry.plugins.loaders.arrays.source import inspect

        return inspect(self.params)

    def open(self, seed: int) -> Source:
        """Return the events of the file; `seed` is that of the augmentation."""
        from registry.plugins.loaders.arrays.source import ArraysSource

        return ArraysSource(self.params, seed)

    def preview(self, seed: int, batch_size: int | None) -> Preview | None:
        """Return all events of a file that is read in a moment."""
        if Path(self.params.file).stat().st_size > QUICKLY_READ:
            return None
        return Preview(self.open(seed), complete=True)


BLOCKS = (Arrays,)
