"""Base class of the Keras layers behind loss blocks: parameters of the block in, a dict of scalars out."""

from __future__ import annotations

from typing import Any, ClassVar

import keras

from registry.contract.block import Loss
from registry.contract.layer import BlockLayer


class LossLayer(BlockLayer):
    """A layer without output shape rule of its own: it returns "loss" and the terms of `block`, all scalars.

    Subclasses state `block` and define `call`, with the block's input ports as keyword arguments. The block's
    parameters become attributes; unknown or wrong ones raise pydantic's ValidationError.
    """

    block: ClassVar[type[Loss]]

    def __init__(self, **kwargs: Any) -> None:
        names = self.block.Params.model_fields
        params = self.block.Params(**{name: kwargs.pop(name) for name in list(kwargs) if name in names})
        super().__init__(**kwargs)
        for name in names:
            setattr(self, name, getattr(params, name))

    @classmethod
    def parameter_names(cls) -> list[str]:
        """Return the names of the block's parameters."""
        return list(cls.block.Params.model_fields)

    def compute_output_spec(self, *args: Any, **kwargs: Any) -> dict[str, keras.KerasTensor]:
        """Return a scalar for "loss" and for every term."""
        return {name: keras.KerasTensor((), dtype=self.compute_dtype) for name in ("loss", *self.block.terms)}
