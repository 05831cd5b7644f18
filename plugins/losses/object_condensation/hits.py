"""From the tensors of the input ports to what the core works with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import keras
import tensorflow as tf

from registry.plugins.losses.object_condensation.core import Core, CoreOptions, Hits
from registry.plugins.losses.object_condensation.objects import Objects, find_objects


def flat(tensor: tf.Tensor) -> tf.Tensor:
    """Return a column [hits, 1] as [hits]."""
    return tf.reshape(tensor, [-1])


def spectator_weights(inputs: Mapping[str, Any], like: tf.Tensor, threshold: float, minimum: float) -> tf.Tensor:
    """Return s, [hits]: as wired; else 1 - `minimum` where `truth_spectator` exceeds `threshold`; else 0.

    `like` gives the number of hits, and the type where neither is wired.
    """
    if inputs.get("truth_spectator_weight") is not None:
        return flat(inputs["truth_spectator_weight"])
    if inputs.get("truth_spectator") is None:
        return tf.zeros_like(like, keras.config.floatx() if like.dtype.is_integer else like.dtype)
    spectator = flat(inputs["truth_spectator"])
    return (1 - minimum) * tf.cast(spectator > threshold, spectator.dtype)


def core_options(layer: Any) -> CoreOptions:
    """Return the core's parameters as a layer has them now."""
    return CoreOptions(**{name: getattr(layer, name) for name in CoreOptions.__dataclass_fields__})


def build_core(layer: Any, inputs: dict[str, Any], object_weight: tf.Tensor) -> Core:
    """Return the core for the input tensors by port name; `object_weight` is ω, [hits]."""
    beta = flat(inputs["beta"])
    distance = inputs.get("distance")
    objects = objects_of(inputs)
    hits = Hits(
        beta,
        inputs["ccoords"],
        tf.ones_like(beta) if distance is None else flat(distance),
        spectator_weights(inputs, beta, layer.spectator_threshold, layer.spectator_minimum),
        object_weight if inputs.get("object_weight") is None else object_weight * flat(inputs["object_weight"]),
        hit_weights(inputs, beta),
        event_weights(inputs, objects, beta.dtype),
    )
    return Core(hits, objects, core_options(layer))


def hit_weights(inputs: Mapping[str, Any], like: tf.Tensor) -> tf.Tensor:
    """Return how much each hit counts, [hits]; 1 where nothing is wired."""
    return tf.ones_like(like) if inputs.get("hit_weight") is None else tf.cast(flat(inputs["hit_weight"]), like.dtype)


def event_weights(inputs: Mapping[str, Any], objects: Objects, dtype: tf.DType) -> tf.Tensor:
    """Return how much each event counts, [events]; 1 where nothing is wired, 0 for an event without hits."""
    if inputs.get("event_weight") is None:
        return tf.ones([objects.events], dtype)
    of_hits = tf.cast(flat(inputs["event_weight"]), dtype)
    return tf.maximum(tf.math.unsorted_segment_max(of_hits, objects.event_of_hit, objects.events), 0)


def hit_means(inputs: Mapping[str, Any], truth: tf.Tensor, like: tf.Tensor) -> Callable[..., tf.Tensor]:
    """Return what takes means of x [hits], `Σ g_i c_i x_i / (Σ c_i + offset)`, over the hits of which `chosen` is 1.

    `c`: the weight of the hit times that of its object, which noise does not have; `g`: that of its event; each is 1
    where nothing is wired. `truth` [hits], negative for noise; `like` [hits] gives the type.
    """
    counted = hit_weights(inputs, like)
    if inputs.get("object_weight") is not None:
        of_object = tf.cast(flat(inputs["object_weight"]), like.dtype)
        counted *= tf.where(truth >= 0, of_object, tf.ones_like(of_object))
    event = inputs.get("event_weight")
    of_event = tf.ones_like(counted) if event is None else tf.cast(flat(event), like.dtype)

    def mean(values: tf.Tensor, chosen: tf.Tensor | None = None, offset: float = 0.0) -> tf.Tensor:
        own = counted if chosen is None else counted * chosen
        return tf.math.divide_no_nan(tf.reduce_sum(of_event * own * values), tf.reduce_sum(own) + offset)

    return mean


def objects_of(inputs: dict[str, Any]) -> Objects:
    """Return the objects of a batch."""
    return find_objects(flat(inputs["truth_index"]), inputs["row_splits"])
