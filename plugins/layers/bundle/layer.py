"""The Keras layer of the bundle."""

from __future__ import annotations

from typing import Any

import keras

from registry.contract.layer import BlockLayer
from registry.plugins.layers.bundle import block


@keras.saving.register_keras_serializable("registry")
class Bundle(BlockLayer):
    """Hands on a dict of tensors as it is.

    Input shape: any, by name. Output shape: the same.
    """

    block = block.Bundle

    def call(self, tensors: dict[str, Any]) -> dict[str, Any]:
        """Return the tensors."""
        return dict(tensors)

    def compute_output_spec(self, tensors: dict[str, Any]) -> dict[str, Any]:
        """Return the shapes and dtypes of the inputs."""
        return {name: keras.KerasTensor(tensor.shape, tensor.dtype) for name, tensor in tensors.items()}
