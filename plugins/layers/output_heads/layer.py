"""The Keras layer of the output heads."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from registry.contract.layer import BlockLayer, Shape
from registry.plugins.layers.output_heads import block

TRACK_BETA = 0.9999
"""beta of a track, where tracks are condensation points by decree; 1 would make the charge infinite."""


@keras.saving.register_keras_serializable("registry")
class OutputHeads(BlockLayer):
    """Every prediction of object condensation, one dense map each.

    Input shape: x [hits, features], is_track [hits, 1] (optional).
    Output shape: ccoords [hits, n_ccoords], position [hits, n_pos], classes [hits, n_classes], all others [hits, 1].
    """

    block = block.OutputHeads

    def _widths(self) -> dict[str, int]:
        """Return the width of every output, in order."""
        widths = dict.fromkeys(("beta", "ccoords", "distance", "energy_factor"), 1)
        widths |= dict.fromkeys(("energy_low_quantile", "energy_high_quantile", "position"), 1)
        widths |= dict.fromkeys(("time", "time_uncertainty", "classes"), 1)
        widths |= {"ccoords": self.n_ccoords, "position": self.n_pos, "classes": self.n_classes}
        return widths | ({"spectator_weight": 1} if self.predict_spectator_weights else {})

    def build(self, x_shape: Shape) -> None:
        """Make kernel and bias of every head."""
        self._maps: dict[str, tuple[Any, Any]] = {}
        for name, width in self._widths().items():
            if name == "distance" and self.fix_distance_scale:
                continue
            start = "zeros" if name == "energy_factor" else "glorot_uniform"
            shape = (int(x_shape[-1] or 0), width)
            kernel = self.add_weight(shape=shape, initializer=start, name=f"{name}_kernel")
            bias = None
            if name not in ("ccoords", "position"):
                bias = self.add_weight(shape=(width,), initializer="zeros", name=f"{name}_bias")
            self._maps[name] = (kernel, bias)

    def _map(self, name: str, x: Any) -> Any:
        kernel, bias = self._maps[name]
        return x @ kernel if bias is None else x @ kernel + bias

    def call(self, x: Any, is_track: Any = None) -> dict[str, Any]:
        """Return every prediction by name."""
        small = 0.01 * x
        energy = self._map("energy_factor", small)
        heads = {
            "beta": self._beta(x, is_track),
            "ccoords": self._map("ccoords", x),
            "distance": tf.ones_like(x[:, :1]) if self.fix_distance_scale else 2 * tf.sigmoid(self._map("distance", x)),
            "energy_factor": 1 + tf.nn.elu(energy) if self.energy_factor else energy,
            "energy_low_quantile": tf.nn.relu(self._map("energy_low_quantile", x)),
            "energy_high_quantile": tf.nn.relu(self._map("energy_high_quantile", x)),
            "position": self._map("position", x),
            "time": 10 + self._map("time", small),
            "time_uncertainty": 1 + tf.nn.elu(self._map("time_uncertainty", small)),
            "classes": tf.nn.softmax(self._map("classes", x)),
        }
        if self.predict_spectator_weights:
            heads["spectator_weight"] = tf.sigmoid(self._map("spectator_weight", x))
        return heads

    def _beta(self, x: Any, is_track: Any) -> Any:
        beta = tf.sigmoid(self._map("beta", x))
        if not self.set_track_betas_to_one:
            return beta
        return tf.where(is_track > 0, tf.cast(TRACK_BETA, beta.dtype), beta)

    def compute_output_spec(self, x: Any, is_track: Any = None) -> dict[str, Any]:
        """Return the shape of every output."""
        widths = self._widths()
        return {name: keras.KerasTensor((x.shape[0], width), self.compute_dtype) for name, width in widths.items()}
