"""The Keras layer of the supervised contrastive loss."""

from __future__ import annotations

import keras
import tensorflow as tf

from registry.plugins.losses.contrastive import block
from registry.plugins.losses.contrastive.similarities import ContrastiveLayer, Similarities


@keras.saving.register_keras_serializable("registry")
class SupervisedContrastive(ContrastiveLayer):
    """Hits are more similar to their object than to the rest of the event; see the block for the formula.

    Input shape: coordinates [hits, C], truth_index [hits, 1], row_splits [events+1]. Output: a scalar.
    """

    block = block.SupervisedContrastive

    def cost(self, found: Similarities) -> tf.Tensor:
        """Return what each anchor costs, [anchors]."""
        same = found.within + found.positives.log_share
        everything = tf.reduce_logsumexp(tf.concat([same, found.apart + found.negatives.log_share], axis=1), axis=1)
        if self.form == "outside":
            return found.mean_of_positives(everything[:, None] - found.within)
        number = tf.maximum(found.positives.total, 1)
        cost = everything - tf.reduce_logsumexp(same, axis=1)
        cost = cost + tf.math.log(number) if self.form == "inside" else cost / number
        return tf.where(found.positives.total > 0, cost, tf.zeros_like(cost))
