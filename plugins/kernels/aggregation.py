"""Weighted mean and maximum over neighbours, and their transpose, with gradients."""

from __future__ import annotations

from typing import Literal

import tensorflow as tf

from registry.contract.keeping import computed_once
from registry.plugins.kernels.dispatch import implementation


def aggregate(
    features: tf.Tensor,
    weights: tf.Tensor,
    indices: tf.Tensor,
    mean: bool = True,
    maximum: bool = True,
    normalise_by: Literal["sum_of_weights"] | None = None,
    floor: float | None = 1e-3,
) -> tf.Tensor:
    """Return [mean | maximum] of the weighted features of every hit's neighbours.

    mean_if = (1/K) sum_k w_ik f_jf over the known neighbours j = indices[i, k]; K counts the columns, padding included.
    max_if runs over the columns in order: it starts at 0 if the first is padding, else at its first value; of equal
    values the last wins (and alone receives the gradient). Gradients flow to features and weights.

    Args:
        features: [hits, F], float32 or float64.
        weights: [rows, K], same type.
        indices: [rows, K], int32, -1 for padding. Whether the hit itself is listed is the caller's choice.
        mean, maximum: which of the two parts to return.
        normalise_by: "sum_of_weights" divides the mean part by max(mean of weights, `floor`) ("sumw" in HGCalML).
        floor: the floor of that division; None divides without one and gives 0 for 0/0 (the linear form).

    Returns:
        [rows, 2F], or [rows, F] if only one part is wanted.

    Raises:
        ValueError: neither part is wanted, or `normalise_by` is unknown.
    """
    if not (mean or maximum):
        raise ValueError("aggregate: expected mean=True or maximum=True; received neither; try mean=True")
    if normalise_by not in (None, "sum_of_weights"):
        raise ValueError(f"aggregate: expected normalise_by None or 'sum_of_weights'; received {normalise_by!r}")
    features, weights, indices = _inputs(features, weights, indices)
    result = _aggregated(features, weights, indices, mean, maximum)
    if normalise_by is None or not mean:
        return result
    parts = tf.split(result, int(mean) + int(maximum), axis=1)
    parts[0] = _normalised(parts[0], tf.where(indices >= 0, weights, 0), floor)
    return tf.concat(parts, axis=1)


def exchange(
    features: tf.Tensor,
    distances: tf.Tensor,
    indices: tf.Tensor,
    decay: float | None = None,
    first: int = 0,
    normalise_by: Literal["sum_of_weights"] | None = None,
    floor: float | None = 1e-3,
    keep: bool = True,
) -> tf.Tensor:
    """Return [mean - own | maximum - own]: what every hit gathers, less its own features.

    Mean and maximum are those of `aggregate`, for weights exp(-decay distance), or the distances themselves. Gradients
    flow to features and distances.

    Args:
        features: [hits, F], float32 or float64.
        distances: [hits, K], same type.
        indices: [hits, K], int32, -1 for padding.
        decay: how fast weights fall; None: the distances are the weights.
        first: columns before this one are left out, such as one that lists the hit itself.
        normalise_by, floor: as in `aggregate`.
        keep: what is gathered, 10 F bytes a hit, is kept where `recompute` computes values a second time.

    Returns:
        [hits, 2F].
    """
    if implementation() == "numba":
        features, distances, indices = _inputs(features, distances, indices)
        if normalise_by is None:
            return _exchanged(features, distances, indices, decay, first, keep)
    weights = distances[:, first:] if decay is None else tf.exp(-decay * distances[:, first:])
    found = aggregate(features, weights, indices[:, first:], normalise_by=normalise_by, floor=floor)
    return found - tf.concat([features, features], axis=-1)


def _exchanged(
    features: tf.Tensor, distances: tf.Tensor, indices: tf.Tensor, decay: float | None, first: int, keep: bool
) -> tf.Tensor:
    """Do what `exchange` does in one kernel each way, without tensors in between."""
    from registry.plugins.kernels.compiled import bridge as kernels
    from registry.plugins.kernels.compiled.calls import falling_weights

    weights = falling_weights(distances, decay)

    @tf.custom_gradient
    def operation(features: tf.Tensor, distances: tf.Tensor) -> tuple[tf.Tensor, object]:
        def make() -> tuple[tf.Tensor, tf.Tensor]:
            return kernels.aggregate(features, weights, indices, True, True, first, own=True)

        result, winner = computed_once(make) if keep else make()

        def gradient(upstream: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            given = (features, weights, indices, winner, upstream)
            return kernels.aggregate_gradients(*given, True, True, first, own=True, decay=decay or 0.0)

        return result, gradient

    return operation(features, distances)


def push(features: tf.Tensor, weights: tf.Tensor, indices: tf.Tensor, hits: tf.Tensor | int | None = None) -> tf.Tensor:
    """Return out_j = sum of w_ik f_i over all places (i, k) that list hit j; rows nobody lists are 0.

    Args:
        features: [rows, F], float32 or float64.
        weights: [rows, K], same type.
        indices: [rows, K], int32, -1 for padding.
        hits: the number of rows of the result; default: that of `features`.

    Returns:
        [hits, F]. Gradients flow to features and weights.
    """
    features, weights, indices = _inputs(features, weights, indices)
    if implementation() == "numba":
        from registry.plugins.kernels.compiled import bridge as kernels
    else:
        from registry.plugins.kernels.plain import aggregation as kernels  # type: ignore[no-redef]
    hits = tf.shape(features)[0] if hits is None else tf.cast(hits, tf.int32)

    @tf.custom_gradient
    def operation(features: tf.Tensor, weights: tf.Tensor) -> tuple[tf.Tensor, object]:
        def gradient(upstream: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            to_features = kernels.weighted_sum(upstream, weights, indices)
            return to_features, kernels.edge_products(upstream, features, indices)

        return kernels.reversed_sum(features, weights, indices, hits), gradient

    return operation(features, weights)


def _inputs(features: tf.Tensor, weights: tf.Tensor, indices: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    features = tf.convert_to_tensor(features)
    return features, tf.cast(weights, features.dtype), tf.cast(indices, tf.int32)


def _aggregated(features: tf.Tensor, weights: tf.Tensor, indices: tf.Tensor, mean: bool, maximum: bool) -> tf.Tensor:
    if implementation() == "numba":
        from registry.plugins.kernels.compiled import bridge as kernels
    else:
        from registry.plugins.kernels.plain import aggregation as kernels  # type: ignore[no-redef]

    @tf.custom_gradient
    def operation(features: tf.Tensor, weights: tf.Tensor) -> tuple[tf.Tensor, object]:
        result, winner = kernels.aggregate(features, weights, indices, mean, maximum)

        def gradient(upstream: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            return kernels.aggregate_gradients(features, weights, indices, winner, upstream, mean, maximum)

        return result, gradient

    return operation(features, weights)


def _normalised(part: tf.Tensor, weights: tf.Tensor, floor: float | None) -> tf.Tensor:
    mean_weight = tf.reduce_mean(weights, axis=1, keepdims=True)
    if floor is None:
        return tf.math.divide_no_nan(part, mean_weight)
    return part / tf.maximum(mean_weight, tf.cast(floor, part.dtype))
