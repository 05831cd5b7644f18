"""The Keras layer of the block `gain`; its parameters are those of the block."""

from __future__ import annotations

from typing import Any

import gain
import keras

from registry import BlockLayer


@keras.saving.register_keras_serializable("gain")
class Gain(BlockLayer):
    """Multiplies every feature by a learned number. Input and output shape: [hits, features]."""

    block = gain.Gain

    def build(self, shape: tuple[int | None, ...]) -> None:
        """Make the numbers."""
        start = keras.initializers.Constant(self.start)
        self.gain = self.add_weight(shape=(shape[-1],), initializer=start, name="gain")

    def call(self, x: Any) -> Any:
        """Return the products."""
        return x * self.gain
