"""Base class of the Keras layers behind blocks: parameters become attributes, configuration and schedule follow."""

from __future__ import annotations

import inspect
from typing import Any, ClassVar

import keras

from registry.contract.block import Block, BlockParams
from registry.contract.errors import InputError, Problem

VERSION = "block_version"
"""Key of a layer's configuration: the version of its block, left out where it is the first."""

Shape = tuple[int | None, ...]
"""The shape of a tensor; None where the length is known only when there is data."""


class BlockLayer(keras.layers.Layer):  # type: ignore[misc]
    """A Keras layer whose constructor arguments are parameters, kept as attributes under their own names.

    A subclass that states its `block` takes the parameters, their types, bounds and defaults from `block.Params`: it
    needs no constructor, and may define `setup`. Wrong parameters raise pydantic's ValidationError. A subclass without
    a block defines `__init__(self, *, <parameters>, **kwargs)`, which calls `super().__init__(**kwargs)` and stores
    every parameter as an attribute of the same name.
    """

    block: ClassVar[type[Block] | None] = None

    def __init__(self, **kwargs: Any) -> None:
        if self.block is None:
            super().__init__(**kwargs)
            return
        params = _taken(self.block.Params, kwargs)
        super().__init__(**kwargs)
        for name in type(params).model_fields:
            setattr(self, name, getattr(params, name))
        self.setup()

    def setup(self) -> None:
        """Make what depends on the block's parameters alone, such as inner layers; called once, by the constructor."""

    @classmethod
    def parameter_names(cls) -> list[str]:
        """Return the names of the block's parameters, or of the constructor's own arguments."""
        if cls.block is not None:
            return list(cls.block.Params.model_fields)
        kinds = (inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
        signature = inspect.signature(cls.__init__)
        return [name for name, entry in signature.parameters.items() if entry.kind in kinds and name != "self"]

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the constructor, with the values the parameters have now."""
        values = self._values()
        if self.block is not None:
            values = self.block.Params(**values).model_dump()
            if self.block.version > 1:
                values[VERSION] = self.block.version
        return {**super().get_config(), **values}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> BlockLayer:
        """Return the layer of a configuration; raises InputError if another version of its block has written it."""
        arguments = dict(config)
        written = arguments.pop(VERSION, 1)
        if cls.block is not None and written != cls.block.version:
            message = f"layer {config.get('name')!r} was saved by version {written} of the block {cls.block.name!r}"
            hint = "train the model again, or load it with the version of the package that has saved it"
            expected = f"expected version {cls.block.version}, which computes something else"
            raise InputError([Problem(f"{message}; {expected}", hint=hint)])
        layer: BlockLayer = super().from_config(arguments)
        return layer

    def _values(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.parameter_names()}

    def schedule(self, name: str, value: Any) -> None:
        """Set a parameter between two training stages (the training step is traced anew for each stage).

        Raises ValueError if the layer has no such parameter, and pydantic's ValidationError, which is one, if the
        block's parameter does not take the value.
        """
        values = self._values()
        if name not in values:
            raise ValueError(f"{type(self).__name__} {self.name!r} has no parameter {name!r}")
        if self.block is not None:
            value = getattr(self.block.Params(**{**values, name: value}), name)
        setattr(self, name, value)


class SameShapeLayer(BlockLayer):
    """A layer whose output has the shape of its first input."""

    def compute_output_shape(self, x_shape: Shape) -> Shape:
        """Return the shape of the first input, by which Keras calls a rule of one argument."""
        return x_shape


def _taken(kind: type[BlockParams], arguments: dict[str, Any]) -> BlockParams:
    """Return the parameters among a constructor's arguments, and take them out of these."""
    return kind(**{name: arguments.pop(name) for name in kind.model_fields if name in arguments})
