"""Scalings of the HGCAL features by fixed numbers (HGCalML, modules/GravNetLayersRagged.py, ProcessFeatures)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

from registry.plugins.layers.preprocess import hgcal

CENTIMETRES = 100.0
"""In a metre."""


def scale_one_endcap(features: Any, legacy_theta: bool = False) -> Any:
    """Return the ten features folded to one endcap, (f - mean) / width, [hits, 10]."""
    columns = _folded(features, hgcal.N_FEATURES)
    columns[hgcal.Z] = tf.abs(columns[hgcal.Z])
    means, widths = list(hgcal.MEANS), list(hgcal.WIDTHS)
    if legacy_theta:
        means[hgcal.THETA], widths[hgcal.THETA] = hgcal.LEGACY_THETA
    return _scaled(tf.stack(columns, axis=1), means, widths)


def scale_old(features: Any) -> Any:
    """Return the nine features of the old format: lengths in m, |z| from 4 m, time in 10 ns, [hits, 9]."""
    columns = _folded(features, hgcal.N_OLD_FEATURES)
    for column in (hgcal.R, hgcal.X, hgcal.Y):
        columns[column] /= CENTIMETRES
    columns[hgcal.Z] = (tf.abs(columns[hgcal.Z]) - 4 * CENTIMETRES) / CENTIMETRES
    columns[hgcal.TIME] = tf.nn.relu(columns[hgcal.TIME]) / 10
    return _scaled(tf.stack(columns, axis=1), hgcal.OLD_MEANS, hgcal.OLD_WIDTHS)


def scale_hits_and_tracks(features: Any) -> Any:
    """Return the ten features, unfolded, scaled by the numbers of hits or, where the charge is not 0, of tracks."""
    is_track = features[:, hgcal.IS_TRACK : hgcal.IS_TRACK + 1] != 0
    hits = _scaled(features, hgcal.HIT_MEANS, hgcal.HIT_WIDTHS)
    return tf.where(is_track, _scaled(features, hgcal.TRACK_MEANS, hgcal.TRACK_WIDTHS), hits)


SCALINGS: dict[str, Callable[[Any], Any]] = {
    "hgcal": scale_one_endcap,
    "hgcal_old": scale_old,
    "hgcal_2024": scale_hits_and_tracks,
}


def _folded(features: Any, width: int) -> list[Any]:
    """Return the columns, with |eta| and the angle that belongs to it."""
    columns: list[Any] = tf.unstack(features, num=width, axis=1)
    columns[hgcal.ETA] = tf.abs(columns[hgcal.ETA])
    columns[hgcal.THETA] = 2 * tf.atan(tf.exp(-columns[hgcal.ETA]))
    return columns


def _scaled(features: Any, means: Sequence[float], widths: Sequence[float]) -> Any:
    # In double precision: a mean far from 0 takes its digits away from what is left of a feature.
    exact = tf.cast(features, tf.float64)
    return tf.cast((exact - tf.constant(means, exact.dtype)) / tf.constant(widths, exact.dtype), features.dtype)
