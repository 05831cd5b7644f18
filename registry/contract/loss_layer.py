"""Base class of the Keras layers behind loss blocks: parameters of the block in, a dict of scalars out."""

from __future__ import annotations

from typing import Any, ClassVar

import keras

from registry.contract.layer import BlockLayer
from registry.contract.loss import Loss


class LossLayer(BlockLayer):
    """A layer without output shape rule of its own: it returns "loss" and the terms of `block`, all scalars.

    Subclasses state `block` and define `call`, with the block's input ports as keyword arguments.
    """

    block: ClassVar[type[Loss]]

    def compute_output_spec(self, *args: Any, **kwargs: Any) -> dict[str, keras.KerasTensor]:
        """Return a scalar for "loss" and for every term."""
        return {name: keras.KerasTensor((), dtype=self.compute_dtype) for name in ("loss", *self.block.terms)}
