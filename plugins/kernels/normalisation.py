"""Normalisation of a table, column by column: sums for its statistics, and the affine map, with gradients."""

from __future__ import annotations

import tensorflow as tf

from registry.contract.keeping import computed_once
from registry.plugins.kernels.dispatch import implementation


def column_sums(x: tf.Tensor, centre: tf.Tensor, squares: bool = False) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Return the number of rows, sum_i x_if and sum_i |x_if - centre_f|, or of its square.

    No gradient flows through them. They are kept where `recompute` computes values a second time.

    Args:
        x: [rows, F], float32 or float64.
        centre: [1, F], same type.
        squares: sum (x_if - centre_f)^2.

    Returns:
        [] and two tensors [1, F], all of the type of x.
    """
    if implementation() == "numba":
        from registry.plugins.kernels.compiled import normalisation_bridge as kernels
    else:
        from registry.plugins.kernels.plain import normalisation as kernels  # type: ignore[no-redef]
    x, centre = tf.stop_gradient(x), tf.stop_gradient(centre)
    return computed_once(lambda: kernels.column_sums(x, centre, squares))


def normalise(x: tf.Tensor, mean: tf.Tensor, scale: tf.Tensor, gamma: tf.Tensor, bias: tf.Tensor) -> tf.Tensor:
    """Return y_if = (x_if - mean_f) / scale_f gamma_f + bias_f.

    Gradients flow to x, gamma and bias, none to mean and scale.

    Args:
        x: [rows, F], float32 or float64.
        mean, scale, gamma, bias: [1, F], same type.

    Returns:
        [rows, F].
    """
    if implementation() == "numba":
        from registry.plugins.kernels.compiled import normalisation_bridge as kernels
    else:
        from registry.plugins.kernels.plain import normalisation as kernels  # type: ignore[no-redef]
    return kernels.normalise(x, tf.stop_gradient(mean), tf.stop_gradient(scale), gamma, bias)
