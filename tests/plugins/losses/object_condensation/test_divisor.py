"""What the repulsion is divided by, in words: the figures are those of the layer."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pytest
import tensorflow as tf

from registry.plugins.losses.object_condensation.core import Core, CoreOptions, Hits
from registry.plugins.losses.object_condensation.divisor import divisor_text
from registry.plugins.losses.object_condensation.objects import find_objects
from registry.plugins.losses.object_condensation.shares import with_copies

COLUMNS = {
    "truth_index": np.array([[5], [5], [-1], [2], [2], [2], [2], [9], [9]]),
    "row_splits": np.array([0, 3, 9]),
}


def test_figures_are_over_events_or_over_objects() -> None:
    assert divisor_text("objects", COLUMNS).endswith("the event's objects, 8 to 12, median 10")
    assert divisor_text(None, COLUMNS).endswith(
        "the hits outside the object, 1 to 4, median 2: it fades in large events"
    )
    assert divisor_text(7.5, COLUMNS).startswith(
        "the repulsion is divided by 7.5 hits in every event; 4 times the mean"
    )


def test_events_without_objects_say_nothing() -> None:
    noise = {"truth_index": np.full((3, 1), -1), "row_splits": np.array([0, 2, 3])}
    assert divisor_text("objects", noise) == divisor_text("objects", {})
    assert divisor_text(7.5, noise) == "the repulsion is divided by 7.5 hits in every event"


@pytest.mark.parametrize("option", ["objects", None])
def test_shared_and_weighted_hits_count_as_in_the_layer(option: Literal["objects"] | None) -> None:
    columns = {
        "truth_index": np.array([[0], [0], [1], [1], [-1]], "int32"),
        "row_splits": np.array([0, 5], "int32"),
        "hit_weight": np.array([[1], [2], [1], [0.5], [4]], "float32"),
        "truth_objects": np.array([[0, 1], [0, -1], [1, 0], [1, -1], [-1, -1]], "int32"),
        "truth_fractions": np.array([[0.7, 0.3], [1, 0], [0.5, 0.25], [1, 0], [0, 0]], "float32"),
    }
    copies = with_copies(dict(columns), columns["hit_weight"])
    weight = tf.reshape(copies["hit_weight"], [-1])
    one = tf.ones_like(weight)
    hits = Hits(0.5 * one, one[:, tf.newaxis], one, 0 * one, one, weight)
    objects = find_objects(tf.reshape(copies["truth_index"], [-1]), copies["row_splits"])
    core = Core(hits, objects, CoreOptions(repulsion_hits=option))
    least, middle, most = np.quantile(np.asarray(core.repelling_hits()), [0, 0.5, 1])
    assert f", {least:.3g} to {most:.3g}, median {middle:.3g}" in divisor_text(option, columns)
