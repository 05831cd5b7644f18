"""Condensation loss with hinge repulsion, forward and backward"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

from benchmarks.case import Case, every
from benchmarks.geometry import clusters
from benchmarks.target import Target, growth, ratio

PACKAGES = {
    "numba": "numba",
    "blocked": "tensorflow",
    "numba, Gaussian": "numba",
    "blocked, Gaussian": "tensorflow",
    "plain": "tensorflow",
    "object-condensation": "object_condensation",
}
NUMBERS = [
    *({"hits": hits, "objects": 1000} for hits in (5_000, 10_000, 20_000, 45_000)),
    *({"hits": 45_000, "objects": objects} for objects in (100, 300)),
]
Q_MIN = 0.1


def cases() -> Iterator[Case]:
    """Yield every contender at every size."""
    yield from every("condensation", PACKAGES, NUMBERS)


def _with_gradients(hits: int, objects: int, loss: Callable[..., Any], traced: bool = True) -> Callable[[], Any]:
    import tensorflow as tf

    x, beta, label = (tf.constant(array) for array in clusters(hits, objects))

    def step(x: Any, beta: Any, label: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch([x, beta])
            result = loss(x, beta, label, objects)
        return result, tape.gradient(result, [x, beta])

    call = tf.function(step) if traced else step
    return lambda: call(x, beta, label)


def _package(x: Any, beta: Any, label: Any, objects: int) -> Any:
    import tensorflow as tf
    from object_condensation.tensorflow.losses import condensation_loss

    # Its weights must be [hits, 1] for its own transposition to line objects up with hits.
    terms = condensation_loss(q_min=Q_MIN, object_id=label + 1, beta=beta[:, None], x=x)
    return tf.add_n(list(terms.values()))


def _points(x: Any, beta: Any, label: Any, objects: int) -> tuple[Any, Any, Any, Any]:
    """Charges, members, and charge and position of every object's condensation point."""
    import tensorflow as tf

    charge = tf.math.atanh(beta) ** 2 + Q_MIN
    members = tf.cast(tf.where(label >= 0)[:, 0], tf.int32)
    of_member = tf.gather(label, members)
    largest = tf.math.unsorted_segment_max(tf.gather(charge, members), of_member, objects)
    is_point = tf.gather(charge, members) >= tf.gather(largest, of_member)
    point = tf.math.unsorted_segment_max(tf.where(is_point, members, -1), of_member, objects)
    return charge, members, of_member, point


def _loss(repulsion: Callable[..., Any]) -> Callable[..., Any]:
    """The loss of the package, with the repulsion summed by `repulsion`."""

    def loss(x: Any, beta: Any, label: Any, objects: int) -> Any:
        import tensorflow as tf

        charge, members, of_member, point = _points(x, beta, label, objects)
        centres, point_charge = tf.gather(x, point), tf.gather(charge, point)
        squared = tf.reduce_sum((tf.gather(x, members) - tf.gather(centres, of_member)) ** 2, axis=1)
        attraction = tf.math.unsorted_segment_mean(squared * tf.gather(charge, members), of_member, objects)
        sizes = tf.math.unsorted_segment_sum(tf.ones_like(squared), of_member, objects)
        others = tf.cast(tf.shape(x)[0], x.dtype) - sizes
        repelled = repulsion(x, charge, centres, label) / others
        coward = 1 - tf.gather(beta, point)
        noise = tf.reduce_mean(tf.boolean_mask(beta, label < 0))
        return tf.reduce_mean(point_charge * (attraction + repelled) + coward) + noise

    return loss


def _matrix(x: Any, charge: Any, centres: Any, label: Any) -> Any:
    """The plain form: a matrix of hits x objects."""
    import tensorflow as tf

    squared = tf.reduce_sum((x[:, None] - centres[None]) ** 2, axis=2)
    hinge = tf.nn.relu(1 - tf.sqrt(squared + 1e-6))
    other = tf.cast(label[:, None] != tf.range(tf.shape(centres)[0]), x.dtype)
    return tf.reduce_sum(hinge * other * charge[:, None], axis=0)


def _ours(implementation: str, form: str) -> Callable[..., Callable[[], Any]]:
    def sums(x: Any, charge: Any, centres: Any, label: Any) -> Any:
        import tensorflow as tf

        from registry.plugins.kernels import repulsion_sums

        scales = tf.ones_like(centres[:, 0])
        splits = tf.stack([0, tf.shape(centres)[0]])
        return repulsion_sums(x, charge, centres, scales, label, tf.zeros_like(label), splits, form=form)

    def prepare(hits: int, objects: int) -> Callable[[], Any]:
        os.environ["REGISTRY_KERNELS"] = implementation
        return _with_gradients(hits, objects, _loss(sums))

    return prepare


CONTENDERS = {
    "numba": _ours("numba", "hinge"),
    "blocked": _ours("tensorflow", "hinge"),
    "numba, Gaussian": _ours("numba", "gaussian"),
    "blocked, Gaussian": _ours("tensorflow", "gaussian"),
    "plain": lambda **numbers: _with_gradients(**numbers, loss=_loss(_matrix)),
    # Version 1.1 takes the maximum of an integer and floats, which TensorFlow refuses in a graph.
    "object-condensation": lambda **numbers: _with_gradients(**numbers, loss=_package, traced=False),
}

TARGETS = (
    Target(
        "condensation loss, 45,000 hits, 1,000 objects, against the plain form: 5 x",
        ratio("condensation", "plain", "numba", hits=45_000, objects=1_000),
        5,
        at_least=True,
    ),
    Target(
        "its memory, growth with hits: exponent 1.1 at most",
        growth("condensation", "numba", "extra_mb", objects=1_000),
        1.1,
    ),
)
