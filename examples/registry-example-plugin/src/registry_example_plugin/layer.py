"""The Keras layer of the block `example_gain`; its parameters are those of the block."""

from __future__ import annotations

from typing import Any

import keras
from registry import BlockLayer

from registry_example_plugin import plugin


@keras.saving.register_keras_serializable("registry_example_plugin")
class Gain(BlockLayer):
    """Multiplies every feature by a learned number. Input and output shape: [hits, features]."""

    block = plugin.Gain

    def build(self, x_shape: tuple[int, ...]) -> None:
        """Make the numbers."""
        start = keras.initializers.Constant(self.start)
        self.gain = self.add_weight(shape=(x_shape[-1],), initializer=start, name="gain")

    def call(self, x: Any) -> Any:
        """Return the products."""
        return x * self.gain
