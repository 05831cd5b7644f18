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
from registry.plugins.losses.object_condensation.hits import flat, spectator_weights
from registry.plugins.losses.object_condensation.objects import Objects, find_objects


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
        truth = flat(truth_index)
        spectator = spectator_weights(others, truth, self.spectator_threshold, self.spectator_minimum)
        if self.downsample > 0:
            hits, row_splits = draw_hits(row_splits, self.downsample, self._seed)
            coordinates, truth, spectator = (tf.gather(x, hits) for x in (coordinates, truth, spectator))
        objects = find_objects(truth, row_splits)
        attractive, repulsive = self._potentials(coordinates, 1 - spectator, objects)
        terms = {"attractive": self.scale * attractive, "repulsive": self.scale * repulsive}
        return {"loss": attractive * self.scale + repulsive * self.scale, **terms}

    def _potentials(self, x: tf.Tensor, charge: tf.Tensor, objects: Objects) -> tuple[tf.Tensor, tf.Tensor]:
        member_charge = tf.gather(charge, objects.members)
        object_charge = objects.sum(member_charge)
        weighted = objects.sum(tf.gather(x * charge[:, tf.newaxis], objects.members))
        centre = weighted / (object_charge[:, tf.newaxis] + 1e-3)

        difference = tf.gather(x, objects.members) - tf.gather(centre, objects.of_member)
        distance = tf.reduce_sum(tf.square(difference), axis=1)
        hits, own = tf.gather(objects.event_hits(x.dtype), objects.event), objects.hits(x.dtype)
        attraction = objects.sum(member_charge * self._attraction(distance)) / (own + 1e-3)
        attraction = tf.where(hits > 1, attraction, tf.zeros_like(attraction))
        repulsion = pair_sums(self._pair_values(objects), [x, charge, centre], objects) / (hits - own + 1e-3)
        return self._mean(attraction, object_charge, objects), self._mean(repulsion, object_charge, objects)

    def _pair_values(self, objects: Objects) -> Any:
        def values(tensors: Sequence[tf.Tensor], hit: tf.Tensor, k: tf.Tensor) -> tf.Tensor:
            x, charge, centre = tensors
            distance = tf.reduce_sum(tf.square(tf.gather(x, hit) - tf.gather(centre, k)), axis=1)
            potential = self._repulsion(tf.gather(charge, hit) * distance)
            if not self.ignore_noise:
                return potential
            return tf.where(tf.gather(objects.of_hit, hit) >= 0, potential, tf.zeros_like(potential))

        return values

    def _attraction(self, u: tf.Tensor) -> tf.Tensor:
        return tf.sqrt(u + 1e-4) if self.hinge_mode else tf.math.log(math.e * u + 1)

    def _repulsion(self, u: tf.Tensor) -> tf.Tensor:
        return tf.nn.relu(1 - tf.sqrt(u + 1e-6)) if self.hinge_mode else tf.exp(-tf.sqrt(u + 1e-4) / 5)

    @staticmethod
    def _mean(values: tf.Tensor, weights: tf.Tensor, objects: Objects) -> tf.Tensor:
        """Mean over the objects of each event, then over events."""
        total = objects.sum_over_objects(values * weights) / (objects.sum_over_objects(weights) + 1e-3)
        return tf.reduce_sum(total) / (tf.cast(objects.events, total.dtype) + 1e-3)
