"""Whether what the network sees is a copy of the truth, under another name."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from registry.contract.data import DataError
from registry.plugins.loaders.arrays.options import TRUTH, ColumnOptions


def check_copies(columns: ColumnOptions, arrays: Mapping[str, np.ndarray]) -> None:
    """Raise DataError for a feature, or a column of tracks, whose values are those of a truth column.

    A column of at most two values, such as a flag, is equal to another one by chance, and a truth column that is the
    hit's own energy or position stands for one that the file does not have: neither is compared.
    """
    own = [arrays[name] for output in ("energy", "coordinates") for _, name in columns.of(output)]
    truth = {
        name: output
        for output in TRUTH
        for _, name in columns.of(output)
        if not any(np.array_equal(arrays[name], values) for values in own)
    }
    for path, name in [*columns.of("features"), *columns.of("is_track")]:
        for other, output in truth.items():
            if np.array_equal(arrays[name], arrays[other]) and len(np.unique(arrays[name])) > 2:
                message = f"column {name!r} is truth: its values are those of {other!r}, the column of {output!r}"
                raise DataError(message, path, "what is known of simulated events only cannot be predicted from")
