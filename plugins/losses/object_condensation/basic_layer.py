"""The Keras layer of basic object condensation."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from registry.contract.loss_layer import LossLayer
from registry.plugins.losses.object_condensation import block
from registry.plugins.losses.object_condensation.hits import build_core, flat
from registry.plugins.losses.object_condensation.shares import with_copies


@keras.saving.register_keras_serializable("registry")
class BasicObjectCondensation(LossLayer):
    """Object condensation without payload or weights; see the block for the formula.

    Input shape: beta [hits, 1], ccoords [hits, C], truth_index [hits, 1], row_splits [events+1]. Output: scalars.
    """

    block = block.BasicObjectCondensation

    def call(self, beta: Any, **others: Any) -> dict[str, Any]:
        """Return the loss and its terms; `others` are the block's other inputs by port name."""
        wired = {name: value for name, value in others.items() if value is not None}
        inputs = with_copies({"beta": beta, **wired}, beta)
        core = build_core(self, inputs, tf.ones_like(flat(inputs["beta"])))
        terms = {
            "attractive": core.over_objects(core.attraction()),
            "repulsive": core.over_objects(core.repulsion()),
            "min_beta": core.over_objects(core.beta_penalty()),
            "noise": core.over_events(core.noise_penalty()),
        }
        terms = {name: self.scale * value for name, value in terms.items()}
        return {"loss": tf.add_n(list(terms.values())), **terms}
