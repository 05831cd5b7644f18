"""The repulsive potential of object condensation, summed over all pairs of a hit and an object, with gradients."""

from __future__ import annotations

from typing import Literal

import tensorflow as tf

from registry.plugins.kernels.dispatch import implementation

FORMS = ("gaussian", "hinge")


def repulsion_sums(
    x: tf.Tensor,
    charges: tf.Tensor,
    centres: tf.Tensor,
    scales: tf.Tensor,
    object_of_hit: tf.Tensor,
    event_of_hit: tf.Tensor,
    object_splits: tf.Tensor,
    form: Literal["gaussian", "hinge"] = "gaussian",
    manhattan: bool = False,
) -> tf.Tensor:
    """Return S_k = sum over the hits j of the event outside object k of R(u_jk) q_j (arXiv:2002.03605).

    u_jk = |x_j - c_k|^2 / scale_k; R(u) = exp(-u/2) ("gaussian") or max(1 - sqrt(u + 1e-6), 0) ("hinge"). Pairs out of
    range of R are not visited (where exp(-u/2) is 0 in the precision at hand, or u > 1). Memory is linear in hits and
    objects. Gradients flow to x, charges, centres and scales. The attraction needs no such function: it is a sum
    over hits, each with its own object.

    Args:
        x: [hits, C], float32 or float64.
        charges: [hits], same type.
        centres: [objects, C], same type.
        scales: [objects], same type, positive: what squared distances are divided by.
        object_of_hit: [hits] int32, the object that each hit belongs to; -1 for noise, which repels too.
        event_of_hit: [hits] int32, ascending.
        object_splits: [events + 1] int32: the objects of event e are those from object_splits[e] to object_splits[e+1].
        form: R.
        manhattan: (sum_c |x_jc - c_kc|)^2 instead of the squared Euclidean distance.

    Returns:
        [objects]. A coordinate, centre or scale that is not finite makes sums of its event NaN (or all of them).

    Raises:
        ValueError: `form` is unknown.
    """
    if form not in FORMS:
        raise ValueError(f"repulsion_sums: expected form {' or '.join(FORMS)}; received {form!r}; try 'gaussian'")
    x = tf.convert_to_tensor(x)
    charges, centres, scales = (tf.cast(values, x.dtype) for values in (charges, centres, scales))
    whose = tf.cast(object_of_hit, tf.int32), tf.cast(event_of_hit, tf.int32), tf.cast(object_splits, tf.int32)
    if implementation() == "tensorflow":
        from registry.plugins.kernels.plain import potentials as kernels
    else:
        from registry.plugins.kernels.compiled import potential_bridge as kernels  # type: ignore[no-redef]

    @tf.custom_gradient
    def operation(x: tf.Tensor, charges: tf.Tensor, centres: tf.Tensor, scales: tf.Tensor) -> tuple[tf.Tensor, object]:
        value, to_centres, to_scales = kernels.object_sums(x, charges, centres, scales, *whose, form, manhattan)

        def gradient(upstream: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor]:
            to_x, to_charges = kernels.hit_gradients(x, charges, centres, scales, *whose, form, manhattan, upstream)
            return to_x, to_charges, upstream[:, None] * to_centres, upstream * to_scales

        return value, gradient

    return operation(x, charges, centres, scales)
