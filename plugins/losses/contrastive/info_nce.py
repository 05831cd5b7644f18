"""The Keras layer of InfoNCE."""

from __future__ import annotations

import keras
import tensorflow as tf

from registry.plugins.losses.contrastive import block
from registry.plugins.losses.contrastive.similarities import ContrastiveLayer, Similarities


@keras.saving.register_keras_serializable("registry")
class InfoNce(ContrastiveLayer):
    """Hits tell each of their object from those that are not; see the block for the formula.

    Input shape: coordinates [hits, C], truth_index [hits, 1], row_splits [events+1]. Output: a scalar.
    """

    block = block.InfoNce

    def cost(self, found: Similarities) -> tf.Tensor:
        """Return what each anchor costs, [anchors]."""
        others = tf.reduce_logsumexp(found.apart, axis=1, keepdims=True)
        return found.mean_of_positives(tf.nn.softplus(others - found.within))
