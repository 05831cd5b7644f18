"""The Keras layer of the logarithm of columns."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from registry.contract.transform_layer import TransformLayer
from registry.plugins.transforms.log import block


@keras.saving.register_keras_serializable("registry")
class Log(TransformLayer):
    """The natural logarithm of columns, from a least value on.

    Input shape: features [hits, features]; rest: any columns by name. Output shape: the same.
    """

    block = block.Log

    def build_for(self, columns: int) -> None:
        """Make the least values."""
        self._least = self.hold("least", (columns,), "ones")

    def changed(self, x: Any) -> Any:
        """Return the logarithms."""
        return ops.log(ops.maximum(x + self.offset, self._least))
