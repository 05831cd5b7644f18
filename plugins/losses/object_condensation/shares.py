"""Hits that several objects share, as copies: one for each object with its fraction, and one of noise with the rest."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from registry.plugins.losses.object_condensation.hits import flat, hit_weights
from registry.plugins.losses.object_condensation.objects import events_of_hits, find_objects

SHARES = ("truth_objects", "truth_fractions")

OF_THE_HIT = ("truth_spectator", "truth_spectator_weight")
"""Truth that is of the hit, and not of its object."""


def with_copies(inputs: dict[str, Any], like: tf.Tensor) -> dict[str, Any]:
    """Return the inputs with a copy of each hit for every object that shares it; unchanged where nothing says so.

    A copy counts (`hit_weight`) by its fraction, and has the truth of its object. What is left of 1 counts as noise.
    `like` [hits, 1] gives the number of hits, and the type of their weights.
    """
    if any(inputs.get(name) is None for name in SHARES):
        return inputs
    like = flat(like)
    fractions = tf.cast(inputs["truth_fractions"], like.dtype)
    fractions = tf.where(inputs["truth_objects"] >= 0, fractions, tf.zeros_like(fractions))
    rest = tf.nn.relu(1 - tf.reduce_sum(fractions, axis=1, keepdims=True))
    objects = tf.concat([inputs["truth_objects"], tf.fill(tf.shape(rest), -1)], axis=1)
    fractions = tf.concat([fractions, tf.where(rest > 1e-6, rest, tf.zeros_like(rest))], axis=1)
    chosen = tf.where(fractions > 0)
    hit, label = tf.cast(chosen[:, 0], tf.int32), tf.gather_nd(objects, chosen)
    event = tf.gather(events_of_hits(inputs["row_splits"], tf.size(like)), hit)
    events = tf.shape(inputs["row_splits"])[0] - 1
    splits = tf.searchsorted(event, tf.range(events + 1), side="left", out_type=tf.int32)
    own_row = _rows_of_objects(flat(inputs["truth_index"]), hit, label, splits)
    copied = {}
    for name, value in inputs.items():
        if name not in (*SHARES, "row_splits", "truth_index"):
            of_object = (name.startswith("truth_") and name not in OF_THE_HIT) or name == "object_weight"
            copied[name] = tf.gather(value, own_row if of_object else hit)
    weight = tf.gather(hit_weights(inputs, like), hit) * tf.gather_nd(fractions, chosen)
    return {**copied, "truth_index": label[:, tf.newaxis], "row_splits": splits, "hit_weight": weight[:, tf.newaxis]}


def _rows_of_objects(truth: tf.Tensor, hit: tf.Tensor, label: tf.Tensor, splits: tf.Tensor) -> tf.Tensor:
    """Return of each copy the first hit that is its object's own, by which the object's truth is known, int32 [copies].

    A copy of noise, and one of an object that is no hit's own, keeps its hit.
    """
    objects = find_objects(label, splits)
    member_hit = tf.gather(hit, objects.members)
    own = tf.gather(truth, member_hit) == tf.gather(label, objects.members)
    row = tf.where(own, member_hit, tf.int32.max)
    first = tf.math.unsorted_segment_min(row, objects.of_member, objects.count)
    found = tf.gather(first, objects.of_member)
    found = tf.where(found < tf.int32.max, found, member_hit)
    return tf.tensor_scatter_nd_update(hit, objects.members[:, tf.newaxis], found)
