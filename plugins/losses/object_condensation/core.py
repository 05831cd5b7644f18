"""Object condensation proper: charges, condensation points, potentials, beta and noise penalties, payload means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import tensorflow as tf

from registry.plugins.kernels.potentials import repulsion_sums
from registry.plugins.losses.object_condensation.forms import FORMS
from registry.plugins.losses.object_condensation.objects import Objects
from registry.plugins.losses.object_condensation.parameters import OBJECTS_NEAR

SOFT_MAXIMUM = 1e-3
"""Temperature of the soft maximum in the beta penalty."""


@dataclass(frozen=True)
class CoreOptions:
    """Parameters of the core; see the block's `Params` for their meaning."""

    implementation: str = ""
    q_min: float = 0.1
    s_b: float = 1.0
    spect_supp: float = 1.0
    use_average_cc_pos: float = 0.0
    squared_distance_scale: bool = True
    normalise_by_object_weight: bool = True
    noise_charge: float | None = None
    beta_weighted_centre: bool = False
    repulsion_hits: float | Literal["objects"] | None = None
    global_attraction: bool = False


class Hits(NamedTuple):
    """What the core sees of each hit; all [hits] but `x`, which is [hits, C].

    `weight`: how much it counts, None for 1; `event_weight`: how much each event counts, [events], likewise.
    """

    beta: tf.Tensor
    x: tf.Tensor
    distance: tf.Tensor
    spectator: tf.Tensor
    object_weight: tf.Tensor
    weight: tf.Tensor | None = None
    event_weight: tf.Tensor | None = None


class Points(NamedTuple):
    """The condensation points: [objects], centres [objects, C]."""

    hit: tf.Tensor
    charge: tf.Tensor
    centre: tf.Tensor
    distance: tf.Tensor
    weight: tf.Tensor


class Core:
    """The parts of the loss per object and per event, of one batch."""

    def __init__(self, hits: Hits, objects: Objects, options: CoreOptions) -> None:
        self.hits, self.objects, self.options = hits, objects, options
        self.form = FORMS[options.implementation]
        dtype = hits.beta.dtype
        self.weight = tf.ones_like(hits.beta) if hits.weight is None else tf.cast(hits.weight, dtype)
        given = hits.event_weight
        self.event_weight = tf.ones([objects.events], dtype) if given is None else tf.cast(given, dtype)
        self.noise = tf.cast(objects.of_hit < 0, hits.beta.dtype)
        self.charge = self._charges()
        self.points = self._points()

    def _charges(self) -> tf.Tensor:
        """q_i = (atanh²(β_i / 1.01) + q_min) clip(1 - s_i, 0, 1), [hits]."""
        share = tf.clip_by_value(1 - self.hits.spectator, 0, 1)
        # In float64: vectorised functions round equal arguments differently, and equal charges must stay equal.
        learned = tf.square(tf.math.atanh(tf.cast(self.hits.beta, tf.float64) / 1.01))
        q_min, learned = self.options.q_min, tf.cast(learned, self.hits.beta.dtype)
        charge = learned + q_min * share if self.form.spectator_floor else (learned + q_min) * share
        if self.options.noise_charge is None:
            return charge
        return tf.where(self.noise > 0, tf.cast(self.options.noise_charge, charge.dtype), charge)

    def _points(self) -> Points:
        """The hit of largest charge of every object (the first of equals), its position mixed with the mean one."""
        objects, hits, a = self.objects, self.hits, self.options.use_average_cc_pos
        charge = tf.gather(tf.stop_gradient(self.charge * self.weight), objects.members)
        largest = tf.math.unsorted_segment_max(charge, objects.of_member, objects.count)
        candidate = tf.where(charge == tf.gather(largest, objects.of_member), objects.members, tf.int32.max)
        hit = tf.math.unsorted_segment_min(candidate, objects.of_member, objects.count)
        hit = tf.minimum(
            hit, tf.shape(hits.beta)[0] - 1
        )  # charges that are not a number must not end in an index error
        centre, distance = tf.gather(hits.x, hit), tf.gather(hits.distance, hit)
        if a > 0:
            centre = a * self._mean_centre() + (1 - a) * centre
            if self.options.beta_weighted_centre:
                distance = a * self._member_mean(hits.distance, hits.beta, 1e-6) + (1 - a) * distance
        return Points(hit, tf.gather(self.charge, hit), centre, distance, tf.gather(hits.object_weight, hit))

    def _mean_centre(self) -> tf.Tensor:
        if self.options.beta_weighted_centre:
            return self._member_mean(self.hits.x, self.hits.beta[:, tf.newaxis], 1e-6)
        return self._member_mean(self.hits.x, self.charge[:, tf.newaxis], 1e-4)

    def _member_mean(self, values: tf.Tensor, weights: tf.Tensor, floor: float) -> tf.Tensor:
        members, counted = self.objects.members, self.weight
        weights = weights * (counted if len(weights.shape) == 1 else counted[:, tf.newaxis])
        total = self.objects.sum(tf.gather(weights, members))
        return self.objects.sum(tf.gather(values * weights, members)) / (total + floor)

    def attraction(self) -> tf.Tensor:
        """Vatt_k = q_k sum_m A(|x_m - x_k|² / (d_k² + 1e-4)) q_m / (n_k + 1e-3), [objects]."""
        objects, points, form = self.objects, self.points, self.form
        centre = tf.stop_gradient(points.centre) if form.fixed_centre else points.centre
        scale = tf.gather(self._squared(points.distance), objects.of_member)
        charge, point_charge = tf.gather(self.charge, objects.members), points.charge
        if form.push_pull:
            own = tf.square(tf.gather(self.hits.distance, objects.members))
            scale = 0.95 * tf.square(tf.gather(points.distance, objects.of_member)) + 0.05 * own
            charge = tf.gather(self.hits.beta, objects.members) + self.options.q_min / 10
            point_charge = tf.gather(self.hits.beta, points.hit) + self.options.q_min / 10
        difference = tf.gather(self.hits.x, objects.members) - tf.gather(centre, objects.of_member)
        potential = form.attraction(form.squared_distance(difference) / (scale + 1e-4))
        total = objects.sum(potential * charge * tf.gather(self.weight, objects.members))
        return point_charge * tf.math.divide_no_nan(total, self._attracted_hits() + 1e-3)

    def _attracted_hits(self) -> tf.Tensor:
        """Number of hits the attraction is divided by: those of the object, or the event's hits per object."""
        objects, dtype = self.objects, self.hits.beta.dtype
        if not self.options.global_attraction:
            return self._counted(dtype)
        per_object = tf.math.divide_no_nan(objects.event_sum(self.weight), self._objects_per_event())
        return tf.gather(per_object, objects.event)

    def repulsion(self) -> tf.Tensor:
        """Vrep_k = q_k sum_j R(|x_j - x_k|² / (d_k² + 1e-4)) q_j / (N + 1e-3), [objects]; noise repels too."""
        objects, points = self.objects, self.points
        scale = self._squared(points.distance) + 1e-4
        tensors = (self.hits.x, self.charge * self.weight, points.centre, scale)
        whose = (objects.of_hit, objects.event_of_hit, objects.splits)
        total = repulsion_sums(*tensors, *whose, form=self.form.repulsion, manhattan=self.form.manhattan)
        return points.charge * tf.math.divide_no_nan(total, self.repelling_hits() + 1e-3)

    def repelling_hits(self) -> tf.Tensor:
        """Number of hits the repulsion is divided by, [objects]."""
        objects, counted = self.objects, self._counted(self.hits.beta.dtype)
        match self.options.repulsion_hits:
            case None:
                return tf.gather(objects.event_sum(self.weight), objects.event) - counted
            case "objects":
                mean = tf.math.divide_no_nan(objects.sum_over_objects(counted), self._objects_per_event())
                return OBJECTS_NEAR * tf.gather(mean, objects.event)
            case number:
                return tf.fill(tf.shape(counted), tf.cast(number, counted.dtype))

    def _squared(self, distance: tf.Tensor) -> tf.Tensor:
        return tf.square(distance) if self.options.squared_distance_scale else distance

    def beta_penalty(self) -> tf.Tensor:
        """2 - softmax_m(β_m) - clip(sum_m β_m, 0, 1), [objects]; 0 for the form `pushpull`.

        The soft maximum is 1e-3 ln sum exp(β/1e-3) over as many slots as the event's largest object has hits; the
        slots an object does not fill count with β = 0.
        """
        objects, dtype = self.objects, self.hits.beta.dtype
        if self.form.push_pull:
            return tf.zeros(tf.shape(objects.event), dtype)
        weight = tf.gather(self.weight, objects.members)
        member_beta = tf.gather(self.hits.beta, objects.members)
        beta = tf.minimum(weight, 1) * member_beta
        n_hits = objects.hits(dtype)
        slots = tf.math.unsorted_segment_max(n_hits, objects.event, objects.events)
        padding = tf.gather(slots, objects.event) - n_hits
        largest = tf.math.unsorted_segment_max(tf.stop_gradient(beta), objects.of_member, objects.count)
        above = tf.exp((beta - tf.gather(largest, objects.of_member)) / SOFT_MAXIMUM)
        filled = objects.sum(above) + padding * tf.exp(-largest / SOFT_MAXIMUM)
        maximum = largest + SOFT_MAXIMUM * tf.math.log(filled)
        return 2 - maximum - tf.clip_by_value(objects.sum(weight * member_beta), 0, 1)

    def too_much_beta(self) -> tf.Tensor:
        """ln((1 - sum_m β_m)² + 1 + 1e-8), [objects]: an object should have one hit's worth of beta."""
        total = self.objects.sum(tf.gather(self.weight * self.hits.beta, self.objects.members))
        return tf.math.log(tf.square(1 - total) + 1 + 1e-8)

    def noise_penalty(self) -> tf.Tensor:
        """s_b (mean β of noise) + spect_supp (mean β of spectators, weighted), [events]."""
        beta, spectator, options = self.hits.beta, self.hits.spectator, self.options

        def mean(weights: tf.Tensor) -> tf.Tensor:
            weights = weights * self.weight
            total = self.objects.event_sum(weights) + 1e-3
            return tf.math.divide_no_nan(self.objects.event_sum(beta * weights), total)

        return options.s_b * mean(self.noise) + options.spect_supp * mean(spectator)

    def payload(self, losses: tf.Tensor) -> tf.Tensor:
        """Mean of losses [hits, P] over each object's hits, weighted with β² outside spectators, [objects, P]."""
        members = self.objects.members
        outside = 1 - tf.clip_by_value(self.noise + self.hits.spectator, 0, 1)
        weights = (tf.square(self.hits.beta) * outside + 1e-6) * self.weight
        weights = tf.gather(weights, members)[:, tf.newaxis]
        return tf.math.divide_no_nan(self.objects.sum(weights * tf.gather(losses, members)), self.objects.sum(weights))

    def over_objects(self, values: tf.Tensor) -> tf.Tensor:
        """Mean of [objects, ...] over the objects of each event, weighted with ω_k, then over events."""
        objects = self.objects
        weights = tf.reshape(self.points.weight, [-1] + [1] * (len(values.shape) - 1))
        total = objects.sum_over_objects(values * weights)
        count = objects.sum_over_objects(weights)
        if not self.options.normalise_by_object_weight:
            count = objects.sum_over_objects(tf.ones_like(weights))
        return self.over_events(tf.math.divide_no_nan(total, count))

    def over_events(self, values: tf.Tensor) -> tf.Tensor:
        """Sum of [events, ...] over events, each times its weight, divided by their number plus 1e-3."""
        weight = tf.reshape(self.event_weight, [-1] + [1] * (len(values.shape) - 1))
        return tf.reduce_sum(values * weight, axis=0) / (tf.cast(self.objects.events, values.dtype) + 1e-3)

    def _counted(self, dtype: tf.DType) -> tf.Tensor:
        """Return the hits of each object, each as often as its weight says, [objects]."""
        return self.objects.sum(tf.cast(tf.gather(self.weight, self.objects.members), dtype))

    def _objects_per_event(self) -> tf.Tensor:
        return self.objects.sum_over_objects(tf.ones_like(self.objects.event, self.hits.beta.dtype))
