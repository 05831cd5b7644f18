"""The Keras layer of the transform to a range."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from registry.contract.transform_layer import TransformLayer
from registry.plugins.transforms.min_max import block


@keras.saving.register_keras_serializable("registry")
class MinMax(TransformLayer):
    """Columns moved and scaled to a range.

    Input shape: features [hits, features]; rest: any columns by name. Output shape: the same.
    """

    block = block.MinMax

    def build_for(self, columns: int) -> None:
        """Make the least and the greatest values."""
        self._least = self.hold("min", (columns,), "zeros")
        self._greatest = self.hold("max", (columns,), "ones")

    def changed(self, x: Any) -> Any:
        """Return the columns in their range."""
        span = self._greatest - self._least
        share = (x - self._least) / ops.where(span > 0, span, ops.ones_like(span))
        if self.clip:
            share = ops.clip(share, 0.0, 1.0)
        return self.low + (self.high - self.low) * share
