"""The Keras layer that puts each hit's features on a sphere."""

from __future__ import annotations

from typing import Any

import keras

from registry.contract.layer import BlockLayer
from registry.plugins.layers.sphere_activation import block
from registry.plugins.shared.sphere import sphere


@keras.saving.register_keras_serializable("registry")
class SphereActivation(BlockLayer):
    """Each hit's features around their mean, at length sqrt(features).

    Input shape: [hits, features]. Output shape: x [hits, features], norm [hits, 1] (with `return_norm`).
    """

    block = block.SphereActivation

    def call(self, x: Any) -> dict[str, Any]:
        """Return the features on the sphere, and the length they had."""
        features, length = sphere(x, self.centre)
        return {"x": features, "norm": length} if self.return_norm else {"x": features}

    def compute_output_spec(self, x: Any) -> dict[str, Any]:
        """Return the shapes."""
        shapes = {"x": keras.KerasTensor(x.shape, self.compute_dtype)}
        if self.return_norm:
            shapes["norm"] = keras.KerasTensor((x.shape[0], 1), self.compute_dtype)
        return shapes
