"""The Keras layer of object condensation."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from registry.contract.loss_layer import LossLayer
from registry.plugins.losses.object_condensation import block, classes, payload
from registry.plugins.losses.object_condensation.core import Core
from registry.plugins.losses.object_condensation.hits import build_core, flat, objects_of
from registry.plugins.losses.object_condensation.requirements import class_truths, missing_inputs
from registry.plugins.losses.object_condensation.shares import with_copies

NOT_CONTAINED = 0.01
"""Factor of the weight of objects that leave the detector."""

Tensors = dict[str, Any]
"""Tensors by port name; None where nothing is wired."""


@keras.saving.register_keras_serializable("registry")
class ObjectCondensation(LossLayer):
    """Object condensation with energy, position, time and class; see the block for the formula.

    Input shape: beta [hits, 1], ccoords [hits, C], truth_index [hits, 1], row_splits [events+1]; others as the block's
    ports say. Output: scalars. Raises ValueError if a term is switched on without its inputs.
    """

    block = block.ObjectCondensation

    def call(self, beta: Any, ccoords: Any, truth_index: Any, row_splits: Any, **others: Any) -> dict[str, Any]:
        """Return the loss and its terms."""
        inputs = {"beta": beta, "ccoords": ccoords, "truth_index": truth_index, "row_splits": row_splits}
        inputs |= {name: value for name, value in others.items() if value is not None}
        for message in missing_inputs(self, inputs):
            raise ValueError(f"object_condensation {self.name!r}: {message}")
        inputs = with_copies(inputs, inputs["beta"])
        core = build_core(self, inputs, self._object_weight(inputs))
        terms = dict.fromkeys(self.block.terms, tf.zeros([], core.hits.beta.dtype))
        terms |= self._condensation_terms(core) | self._payload_terms(core, inputs) | self._beta_terms(core)
        terms = {name: self.scale * value for name, value in terms.items()}
        return {"loss": tf.add_n(list(terms.values())), **terms}

    def _object_weight(self, inputs: Tensors) -> tf.Tensor:
        """Return ω of every hit's object, [hits]."""
        weight = tf.ones_like(inputs["beta"])
        if self.use_energy_weights:
            weight = payload.object_weights(inputs["truth_energy"], self.alt_energy_weight, self.squared_energy_weight)
        if "truth_fully_contained" in inputs:
            weight = tf.where(inputs["truth_fully_contained"] > 0, weight, NOT_CONTAINED * weight)
        return flat(weight)

    def _condensation_terms(self, core: Core) -> Tensors:
        potential, repulsion = self.potential_scaling, self.potential_scaling * self.repulsion_scaling
        centre = tf.math.divide_no_nan(tf.reduce_sum(core.hits.x), tf.cast(tf.size(core.hits.x), core.hits.x.dtype))
        return {
            "attractive": potential * core.over_objects(core.attraction()),
            "repulsive": repulsion * core.over_objects(core.repulsion()),
            "min_beta": self.beta_loss_scale * core.over_objects(core.beta_penalty()),
            "noise": self.noise_scaler * core.over_events(core.noise_penalty()),
            "cc_damping": self.cc_damping_strength * (0.02 * centre) ** 4,
        }

    def _beta_terms(self, core: Core) -> Tensors:
        terms = {}
        if self.too_much_beta_scale > 0:
            terms["too_much_beta"] = self.too_much_beta_scale * core.over_objects(core.too_much_beta())
        if self.beta_push > 0:
            beta, weight = (tf.gather(x, core.objects.members) for x in (core.hits.beta, core.weight))
            missing = tf.nn.relu(self.beta_push - beta) / self.beta_push
            penalty = tf.reduce_sum(weight * tf.square(tf.math.log1p(missing)))
            terms["beta_push"] = penalty / (tf.reduce_sum(weight) + 1e-2)
        return terms

    def _payload_terms(self, core: Core, inputs: Tensors) -> Tensors:
        """Return the terms of everything that condensation points carry and that has a weight."""
        losses: Tensors = {}
        if self.energy_loss_weight > 0:
            energy, uncertainty = self._energy_losses(inputs)
            losses["energy"] = self.energy_loss_weight * energy
            losses["energy_uncertainty"] = self.energy_loss_weight * uncertainty
        if self.position_loss_weight > 0:
            loss = payload.position_loss(inputs["truth_position"], inputs["position"])
            losses["position"] = self.position_loss_weight * loss
        if self.timing_loss_weight > 0:
            losses["time"] = self.timing_loss_weight * self._time_loss(inputs)
        if self.classification_loss_weight > 0:
            losses["class"] = self.classification_loss_weight * self._class_loss(inputs)
        if not losses:
            return {}
        columns = tf.concat(list(losses.values()), axis=1)
        if self.payload_beta_clip > 0:
            columns = tf.where(inputs["beta"] < self.payload_beta_clip, tf.zeros_like(columns), columns)
        means = core.over_objects(core.payload(columns))
        return {name: means[column] for column, name in enumerate(losses)}

    def _energy_losses(self, inputs: Tensors) -> tuple[tf.Tensor, tf.Tensor]:
        direct = self.payload == "full" and not self.train_energy_correction
        factor = inputs["energy_factor"]
        energies = payload.Energies(
            true=inputs["truth_energy"],
            reconstructed=factor if direct else self._reconstructed_energy(inputs),
            factor=factor,
            low=inputs.get("energy_low_quantile", factor),
            high=inputs.get("energy_high_quantile", factor),
        )
        if direct:
            options = (self.huber_energy_scale, self.energy_den_offset, self.alt_energy_loss)
            return payload.total_energy(energies, *options)
        if self.payload == "full":
            return payload.corrected_energy(energies, self.huber_energy_scale)
        if self.payload == "uncertainty":
            return payload.uncertainty_energy(energies)
        if self.payload == "root":
            return payload.root_energy(energies, self.legacy_energy_loss)
        if self.payload == "gaussian":
            return payload.gaussian_energy(energies, self.legacy_energy_loss)
        return payload.extended_energy(energies)

    def _reconstructed_energy(self, inputs: Tensors) -> tf.Tensor:
        """Return the energy of every hit's object as its hits have it, [hits, 1]; for noise the hit's own."""
        if "truth_rec_energy" in inputs:
            return inputs["truth_rec_energy"]
        energy = flat(inputs["energy"])
        objects = objects_of(inputs)
        total = objects.sum(tf.gather(energy, objects.members))
        at = objects.members[:, tf.newaxis]
        return tf.tensor_scatter_nd_update(energy, at, tf.gather(total, objects.of_member))[:, tf.newaxis]

    def _time_loss(self, inputs: Tensors) -> tf.Tensor:
        has_energy = "truth_rec_energy" in inputs or "energy" in inputs
        energy = self._reconstructed_energy(inputs) if has_energy else tf.ones_like(inputs["beta"])
        return payload.time_loss(inputs["truth_time"], inputs["time"], inputs["time_uncertainty"], energy)

    def _class_loss(self, inputs: Tensors) -> tf.Tensor:
        extended = self.payload not in ("full", "uncertainty")
        source = next(name for name in class_truths(self) if name in inputs)
        truth = inputs[source]
        if source == "truth_pdg":
            codes = classes.EXTENDED_CODES if extended else classes.IDENTIFICATION_CODES
            truth = classes.one_hot_of_pdg(truth, codes, inputs["classes"].dtype)
        return classes.class_loss(truth, inputs["classes"], ignore_ambiguous=not extended)
