"""Loss per hit of the particle class, with the truth as PDG code or one-hot."""

from __future__ import annotations

import tensorflow as tf

EXTENDED_CODES = ((13,), (11,), (22,), (211, 321, 2212), (130, 2112))
"""Absolute PDG codes of muons, electrons, photons, charged and neutral hadrons; all others are ambiguous.

Kaons: docs/faults.md, Q-4.
"""

IDENTIFICATION_CODES = ((13,), (11,), (22,), (211, 321, 2212), (111, 2112, 130, 2114))
"""The same for the payloads `full` and `uncertainty`."""


def one_hot_of_pdg(pdg: tf.Tensor, codes: tuple[tuple[int, ...], ...], dtype: tf.DType) -> tf.Tensor:
    """Return the class of PDG codes [hits, 1] as one-hot, [hits, 6]."""
    size = tf.abs(pdg)
    columns = [tf.reduce_any(size == tf.constant(group, pdg.dtype), axis=1) for group in codes]
    columns.append(~tf.reduce_any(tf.stack(columns), axis=0))
    return tf.cast(tf.stack(columns, axis=1), dtype)


def class_loss(one_hot: tf.Tensor, predicted: tf.Tensor, ignore_ambiguous: bool) -> tf.Tensor:
    """Return the cross-entropy -ln p_class, [hits, 1]; probabilities [hits, 6] are normalised and kept above 1e-7.

    `ignore_ambiguous`: 0 for hits of the last class, and for hits without any class.
    """
    predicted = tf.clip_by_value(predicted, 1e-9, 1 - 1e-9)
    predicted /= tf.reduce_sum(predicted, axis=1, keepdims=True)
    predicted = tf.clip_by_value(predicted, 1e-7, 1 - 1e-7)
    loss = -tf.reduce_sum(one_hot * tf.math.log(predicted), axis=1, keepdims=True)
    if not ignore_ambiguous:
        return loss
    clear = (one_hot[:, -1:] <= 0) & (tf.abs(tf.reduce_sum(one_hot, axis=1, keepdims=True) - 1) < 1e-3)
    return tf.where(clear, loss, tf.zeros_like(loss))
