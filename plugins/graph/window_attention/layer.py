"""The Keras layer of attention within windows along a space-filling curve."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from registry.plugins.graph.window_attention import block
from registry.plugins.graph.window_attention.base import WindowedLayer
from registry.plugins.graph.window_attention.curves import curve_numbers
from registry.plugins.shared.windows import Windows, windows_of


@keras.saving.register_keras_serializable("registry")
class WindowAttention(WindowedLayer):
    """Attention within windows along a space-filling curve; shapes as in `LearnedSpaceLayer`."""

    block = block.WindowAttention

    def windows(self, coordinates: Any, row_splits: Any) -> list[Windows]:
        """Return the windows along every curve."""
        numbers = curve_numbers(tf.cast(coordinates, tf.float32), row_splits, self.n_orders, self.curve == "hilbert")
        return [windows_of([number], row_splits, self.window) for number in tf.unstack(numbers)]
