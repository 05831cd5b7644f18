"""The Keras layer of the loss of cluster coordinates."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf

from registry.contract.loss_layer import LossLayer
from registry.plugins.losses.cluster_coordinates import block
from registry.plugins.losses.cluster_coordinates.pairs import pair_sums
from registry.plugins.losses.fill_space.sampling import draw_hits
from registry.plugins.losses.object_condensation.hits import (
    event_weights,
    flat,
    hit_weights,
    objects_of,
    spectator_weights,
)
from registry.plugins.losses.object_condensation.objects import Objects
from registry.plugins.losses.object_condensation.shares import with_copies


@keras.saving.register_keras_serializable("registry")
class ClusterCoordinates(LossLayer):
    """Gathers the hits of each object around their mean; see the block for the formula.

    Input shape: coordinates [hits, C], truth_index [hits, 1], row_splits [events+1]. Output: scalars.
    """

    block = block.ClusterCoordinates

    def setup(self) -> None:
        """Make the generator of the random numbers that draw hits."""
        self._seed = keras.random.SeedGenerator()

    def call(self, coordinates: Any, truth_index: Any, row_splits: Any, **others: Any) -> dict[str, Any]:
        """Return the loss and its terms; `others` are the block's other inputs by port name."""
        inputs = {name: value for name, value in others.items() if value is not None}
        inputs |= {"coordinates": coordinates, "truth_index": truth_index}
        if self.downsample > 0:
            hits, row_splits = draw_hits(row_splits, self.downsample, self._seed)
            inputs = {name: tf.gather(value, hits) for name, value in inputs.items()}
        inputs = with_copies({**inputs, "row_splits": row_splits}, inputs["coordinates"][:, 0])
        truth = flat(inputs["truth_index"])
        spectator = spectator_weights(inputs, truth, self.spectator_threshold, self.spectator_minimum)
        attractive, repulsive = self._potentials(inputs, 1 - spectator, objects_of(inputs))
        terms = {"attractive": self.scale * attractive, "repulsive": self.scale * repulsive}
        return {"loss": attractive * self.scale + repulsive * self.scale, **terms}

    def _potentials(self, inputs: dict[str, Any], charge: tf.Tensor, objects: Objects) -> tuple[tf.Tensor, tf.Tensor]:
        """Return attraction and repulsion; a hit counts as often as its weight says."""
        x = inputs["coordinates"]
        counted = hit_weights(inputs, x[:, 0])
        member_charge = tf.gather(charge * counted, objects.members)
        object_charge = objects.sum(member_charge)
        weighted = objects.sum(tf.gather(x * (charge * counted)[:, tf.newaxis], objects.members))
        centre = weighted / (object_charge[:, tf.newaxis] + 1e-3)

        difference = tf.gather(x, objects.members) - tf.gather(centre, objects.of_member)
        distance = tf.reduce_sum(tf.square(difference), axis=1)
        hits = tf.gather(objects.event_hits(x.dtype), objects.event)
        own = objects.sum(tf.gather(counted, objects.members))
        others = tf.gather(objects.event_sum(counted), objects.event) - own
        attraction = objects.sum(member_charge * self._attraction(distance)) / (own + 1e-3)
        attraction = tf.where(hits > 1, attraction, tf.zeros_like(attraction))
        repulsion = pair_sums(self._pair_values(objects), [x, charge, centre, counted], objects) / (others + 1e-3)
        weight, events = object_charge, event_weights(inputs, objects, x.dtype)
        if inputs.get("object_weight") is not None:
            of_members = tf.cast(tf.gather(flat(inputs["object_weight"]), objects.members), x.dtype)
            weight *= tf.math.unsorted_segment_max(of_members, objects.of_member, objects.count)
        return self._mean(attraction, weight, objects, events), self._mean(repulsion, weight, objects, events)

    def _pair_values(self, objects: Objects) -> Any:
        def values(tensors: Sequence[tf.Tensor], hit: tf.Tensor, k: tf.Tensor) -> tf.Tensor:
            x, charge, centre, counted = tensors
            distance = tf.reduce_sum(tf.square(tf.gather(x, hit) - tf.gather(centre, k)), axis=1)
            potential = tf.gather(counted, hit) * self._repulsion(tf.gather(charge, hit) * distance)
            if not self.ignore_noise:
                return potential
            return tf.where(tf.gather(objects.of_hit, hit) >= 0, potential, tf.zeros_like(potential))

        return values

    def _attraction(self, u: tf.Tensor) -> tf.Tensor:
        return tf.sqrt(u + 1e-4) if self.hinge_mode else tf.math.log(math.e * u + 1)

    def _repulsion(self, u: tf.Tensor) -> tf.Tensor:
        return tf.nn.relu(1 - tf.sqrt(u + 1e-6)) if self.hinge_mode else tf.exp(-tf.sqrt(u + 1e-4) / 5)

    @staticmethod
    def _mean(values: tf.Tensor, weights: tf.Tensor, objects: Objects, events: tf.Tensor) -> tf.Tensor:
        """Mean over the objects of each event, then over events, each times its weight."""
        total = objects.sum_over_objects(values * weights) / (objects.sum_over_objects(weights) + 1e-3)
        return tf.reduce_sum(total * events) / (tf.cast(objects.events, total.dtype) + 1e-3)
