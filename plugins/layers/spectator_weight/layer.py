"""The Keras layer of the weight of spectators."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from registry.contract.layer import SameShapeLayer
from registry.plugins.layers.spectator_weight import block


@keras.saving.register_keras_serializable("registry")
class SpectatorWeight(SameShapeLayer):
    """How much a hit counts as a spectator of its shower.

    Input shape: truth_spectator [hits, 1]. Output shape: [hits, 1].
    """

    block = block.SpectatorWeight

    def call(self, truth_spectator: Any) -> Any:
        """Return the weight, or the score itself."""
        if not self.active:
            return truth_spectator
        return tf.where(truth_spectator > self.threshold, 1 - self.minimum, tf.zeros_like(truth_spectator))
