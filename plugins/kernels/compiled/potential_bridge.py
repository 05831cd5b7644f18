"""The compiled potentials as TensorFlow operations: the functions of `plain/potentials.py`, by the same names."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from registry.plugins.kernels.compiled import potentials as numerics
from registry.plugins.kernels.compiled import tree
from registry.plugins.kernels.compiled.calls import call
from registry.plugins.kernels.compiled.runtime import aligned, run
from registry.plugins.kernels.compiled.vectors import LANES

_FORMS = {"gaussian": numerics.GAUSSIAN, "hinge": numerics.HINGE}
# Where exp(-u/2) rounds to 0, by the size of the number in bytes.
_GAUSSIAN_REACH = {4: 208.0, 8: 1500.0}
_LAYING_OUT = (tree.build, numerics.lay_out)


def object_sums(
    x: tf.Tensor,
    charges: tf.Tensor,
    centres: tf.Tensor,
    scales: tf.Tensor,
    object_of_hit: tf.Tensor,
    event_of_hit: tf.Tensor,
    object_splits: tf.Tensor,
    form: str,
    manhattan: bool,
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Return the sums [objects] and their derivatives for the centres [objects, C] and the scales [objects]."""

    def operation(*arrays: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        x, charges, centres, scales, object_of_hit, event_of_hit, object_splits = arrays
        width = x.shape[1]
        result = aligned((centres.shape[0], width + 2), x.dtype)
        result[:] = np.nan
        if _all_finite(x, centres, scales):
            laid_out, splits = _tiles(x, charges, object_of_hit, event_of_hit, object_splits)
            settings = (_FORMS[form], manhattan, _reach(form, x.dtype))
            run(numerics.object_sums, laid_out, splits, centres, scales, object_splits, *settings, result)
        return result[:, 0].copy(), result[:, 1 : width + 1].copy(), result[:, width + 1].copy()

    arrays = [x, charges, centres, scales, object_of_hit, event_of_hit, object_splits]
    value, to_centres, to_scales = call(operation, arrays, [x.dtype] * 3, *_LAYING_OUT, numerics.object_sums)
    return (
        tf.ensure_shape(value, scales.shape),
        tf.ensure_shape(to_centres, centres.shape),
        tf.ensure_shape(to_scales, scales.shape),
    )


def hit_gradients(
    x: tf.Tensor,
    charges: tf.Tensor,
    centres: tf.Tensor,
    scales: tf.Tensor,
    object_of_hit: tf.Tensor,
    event_of_hit: tf.Tensor,
    object_splits: tf.Tensor,
    form: str,
    manhattan: bool,
    upstream: tf.Tensor,
) -> tuple[tf.Tensor, tf.Tensor]:
    """Return the gradients for x [hits, C] and charges [hits]."""

    def operation(*arrays: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        x, charges, centres, scales, object_of_hit, event_of_hit, object_splits, upstream = arrays
        to_x, to_charges = aligned(x.shape, x.dtype), aligned(charges.shape, x.dtype)
        to_x[:], to_charges[:] = np.nan, np.nan
        if _all_finite(x, centres, scales):
            laid_out, _ = _tiles(x, charges, object_of_hit, event_of_hit, object_splits)
            settings = (_FORMS[form], manhattan, _reach(form, x.dtype))
            arguments = (laid_out, centres, scales, object_splits, upstream)
            run(numerics.hit_gradients, *arguments, *settings, to_x, to_charges)
        return to_x, to_charges

    arrays = [x, charges, centres, scales, object_of_hit, event_of_hit, object_splits, upstream]
    to_x, to_charges = call(operation, arrays, [x.dtype] * 2, *_LAYING_OUT, numerics.hit_gradients)
    return tf.ensure_shape(to_x, x.shape), tf.ensure_shape(to_charges, charges.shape)


def _all_finite(*arrays: np.ndarray) -> bool:
    return all(bool(np.isfinite(array).all()) for array in arrays)


def _reach(form: str, dtype: Any) -> Any:
    reach = 1.0 if form == "hinge" else _GAUSSIAN_REACH[np.dtype(dtype).itemsize]
    return np.dtype(dtype).type(reach)


def _tiles(
    x: np.ndarray,
    charges: np.ndarray,
    object_of_hit: np.ndarray,
    event_of_hit: np.ndarray,
    object_splits: np.ndarray,
) -> tuple[numerics.Tiles, np.ndarray]:
    """Put hits that lie close together into tiles; also returns the first tile of each event."""
    row_splits = np.searchsorted(event_of_hit, np.arange(object_splits.size)).astype(np.int32)
    single = np.clip(x, -3e38, 3e38).astype(np.float32)
    grown = run(tree.build, single, row_splits, np.zeros(0, np.int32), tree.NOT_FOUND)
    hits = grown.numbers[-1].reshape(-1, LANES)
    laid_out = run(numerics.lay_out, hits, grown.tile_splits, grown.counts, x, charges, object_of_hit)
    return laid_out, grown.tile_splits
