"""Scales features as the loader's `transforms` say."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from registry.contract.data import DataError
from registry.plugins.loaders.description.options import TableParams, TransformOptions


def scaled(features: np.ndarray, params: TableParams) -> np.ndarray:
    """Return the features [hits, features] with every transform done."""
    if not params.transforms:
        return features
    made = features.copy()
    for name, options in params.transforms.items():
        index = params.columns.features.index(name)
        made[:, index] = _transform(made[:, index], options)
    return made


def _transform(values: np.ndarray, options: TransformOptions) -> np.ndarray:
    """Return `(f(clip(x)) - offset) / scale`."""
    if options.min is not None or options.max is not None:
        values = np.clip(values, options.min, options.max)
    return ((np.log(values) if options.log else values) - options.offset) / options.scale


def check_transforms(params: TableParams, features: np.ndarray, where: Callable[[int], str]) -> None:
    """Raise DataError for a value that has no logarithm, and for one that scaling makes infinite."""
    for name, options in params.transforms.items():
        values = features[:, params.columns.features.index(name)]
        lowest = values if options.min is None else np.maximum(values, options.min)
        bad = np.flatnonzero((lowest <= 0) & options.log)
        if len(bad):
            value = lowest[bad[0]]
            message = f"there is no logarithm of column {name!r}: it is {value:g} in {where(int(bad[0]))}"
            raise DataError(message, f"transforms.{name}.log", "set 'min' to the lowest value that makes sense")
        # A transform never falls: if the outermost values stay finite, all do.
        for row in {int(values.argmin()), int(values.argmax())} if len(values) else ():
            with np.errstate(all="ignore"):
                made = _transform(values[row : row + 1], options)[0]
            if not np.isfinite(made):
                message = f"scaling makes {made} of column {name!r}, {values[row]:g} in {where(row)}"
                raise DataError(message, f"transforms.{name}", "choose another 'offset' or 'scale'")
