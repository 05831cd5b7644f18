"""The Keras layer of the transform to mean 0 and standard deviation 1."""

from __future__ import annotations

from typing import Any

import keras

from registry.contract.transform_layer import TransformLayer
from registry.plugins.transforms.standardise import block


@keras.saving.register_keras_serializable("registry")
class Standardise(TransformLayer):
    """Columns minus their mean, by their standard deviation.

    Input shape: features [hits, features]; rest: any columns by name. Output shape: the same.
    """

    block = block.Standardise

    def build_for(self, columns: int) -> None:
        """Make mean and standard deviation."""
        self._mean = self.hold("mean", (columns,), "zeros")
        self._sd = self.hold("sd", (columns,), "ones")

    def changed(self, x: Any) -> Any:
        """Return the columns, standardised."""
        return (x - self._mean) / self._sd
