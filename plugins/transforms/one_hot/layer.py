"""The Keras layer of the transform of categories to columns."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from registry.contract.transform_layer import TransformLayer
from registry.plugins.transforms.one_hot import block


@keras.saving.register_keras_serializable("registry")
class OneHot(TransformLayer):
    """Each chosen column becomes one column for every category.

    Input shape: features [hits, features]; rest: any columns by name. Output shape: features [hits, features + columns
    (categories - 1)].
    """

    block = block.OneHot

    def setup(self) -> None:
        """Note how many columns one becomes."""
        self.width = int(self.categories or len(self.values or ()))

    def build_for(self, columns: int) -> None:
        """Make the categories."""
        self._categories = self.hold("categories", (self.width, columns), "zeros")

    def changed(self, x: Any) -> Any:
        """Return 1 where a hit is of a category, 0 elsewhere."""
        columns = x.shape[-1]
        same = ops.expand_dims(x, 2) == ops.expand_dims(ops.transpose(self._categories), 0)
        return ops.reshape(ops.cast(same, x.dtype), (-1, columns * self.width))
