"""The Keras layer of the preprocessing without a pre-model."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from registry.contract.layer import BlockLayer, Shape
from registry.plugins.layers.preprocess import block, hgcal
from registry.plugins.layers.preprocess.scaling import SCALINGS, scale_one_endcap

SMALLEST_VARIANCE = 1e-6
"""Added to every variance: columns that hardly vary are not blown up."""


@keras.saving.register_keras_serializable("registry")
class Preprocess(BlockLayer):
    """Every column of the event, features scaled, coordinates, energy and is_track added.

    Input shape: features [hits, features], row_splits [events + 1]; optional coordinates [hits, dimensions], energy and
    is_track [hits, 1]; rest: any columns by name. Output shape: the same by name, and raw_coordinates.
    """

    block = block.NoPreModel

    def build(
        self, features_shape: Shape, row_splits_shape: Shape, coordinates_shape: Shape | None = None, **others: Any
    ) -> None:
        """Make the running averages of `standardise`."""
        if self.scaling != "standardise":
            return
        width = int(features_shape[-1] or 0)
        dimensions = int(coordinates_shape[-1] or 0) if coordinates_shape else 3
        self._hits = self.add_weight(shape=(), initializer="zeros", trainable=False, name="hits")
        self._features = self._moments(width, "features")
        self._coordinates = self._moments(dimensions, "coordinates")

    def _moments(self, width: int, name: str) -> tuple[Any, Any]:
        return (
            self.add_weight(shape=(width,), initializer="zeros", trainable=False, name=f"{name}_mean"),
            self.add_weight(shape=(width,), initializer="ones", trainable=False, name=f"{name}_variance"),
        )

    def call(
        self,
        features: Any,
        row_splits: Any,
        coordinates: Any = None,
        energy: Any = None,
        is_track: Any = None,
        rest: dict[str, Any] | None = None,
        training: bool | None = None,
    ) -> dict[str, Any]:
        """Return every column by name."""
        raw = features[:, hgcal.X : hgcal.Z + 1] if coordinates is None else coordinates
        scaled, position = features, raw
        if self.scaling in SCALINGS:
            scaled = scale_one_endcap(features, True) if self.legacy_theta else SCALINGS[self.scaling](features)
            position = scaled[:, hgcal.X : hgcal.Z + 1]
        elif self.scaling == "standardise":
            if training and self.trainable:
                self._update(features, raw)
            scaled, position = self._standardised(features, raw)
        return {
            **(rest or {}),
            "features": scaled,
            "row_splits": row_splits,
            "coordinates": position,
            "raw_coordinates": raw,
            "energy": self._energy(features) if energy is None else energy,
            "is_track": self._is_track(features) if is_track is None else is_track,
        }

    def _energy(self, features: Any) -> Any:
        other = features.shape[-1] != hgcal.FEATURES.get(self.scaling, hgcal.N_FEATURES)
        if other or not self.energy_in_features:
            return tf.ones_like(features[:, :1])
        return features[:, hgcal.ENERGY : hgcal.ENERGY + 1]

    def _is_track(self, features: Any) -> Any:
        if features.shape[-1] != hgcal.FEATURES.get(self.scaling, hgcal.N_FEATURES):
            return tf.zeros_like(features[:, :1])
        return tf.cast(features[:, hgcal.IS_TRACK : hgcal.IS_TRACK + 1] != 0, features.dtype)

    def _update(self, features: Any, coordinates: Any) -> None:
        """Bring the running averages up to date: every training hit so far counts the same."""
        batch = tf.cast(tf.shape(features)[0], features.dtype)
        share = tf.math.divide_no_nan(batch, self._hits + batch)
        for values, (mean, variance) in ((features, self._features), (coordinates, self._coordinates)):
            found = tf.math.divide_no_nan(tf.reduce_sum(values, 0), batch)
            spread = tf.math.divide_no_nan(tf.reduce_sum((values - found) ** 2, 0), batch)
            between = (1 - share) * (found - mean) ** 2
            variance.assign(variance + share * (spread + between - variance))
            mean.assign(mean + share * (found - mean))
        self._hits.assign(self._hits + batch)

    def _standardised(self, features: Any, coordinates: Any) -> tuple[Any, Any]:
        mean, variance = self._features
        centre, variances = self._coordinates
        # One width for all coordinates: distances keep their proportions.
        width, scale = tf.sqrt(variance + SMALLEST_VARIANCE), tf.sqrt(tf.reduce_mean(variances) + SMALLEST_VARIANCE)
        return (features - mean) / width, (coordinates - centre) / scale

    def compute_output_spec(
        self, features: Any, row_splits: Any, coordinates: Any = None, rest: dict[str, Any] | None = None, **others: Any
    ) -> dict[str, Any]:
        """Return the shape of every column."""
        hits, dimensions = features.shape[0], 3 if coordinates is None else coordinates.shape[-1]
        scaled = 3 if self.scaling in SCALINGS else dimensions
        return {
            **{name: keras.KerasTensor(tensor.shape, tensor.dtype) for name, tensor in (rest or {}).items()},
            "features": keras.KerasTensor(features.shape, features.dtype),
            "row_splits": keras.KerasTensor(row_splits.shape, row_splits.dtype),
            "coordinates": keras.KerasTensor((hits, scaled), features.dtype),
            "raw_coordinates": keras.KerasTensor((hits, dimensions), features.dtype),
            "energy": keras.KerasTensor((hits, 1), features.dtype),
            "is_track": keras.KerasTensor((hits, 1), features.dtype),
        }
