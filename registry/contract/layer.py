"""Base class of the Keras layers behind blocks: parameters become attributes, configuration and schedule follow."""

from __future__ import annotations

import inspect
from typing import Any

import keras


class BlockLayer(keras.layers.Layer):
    """A Keras layer whose constructor arguments are the block's parameters, kept under their own names.

    Subclasses define `__init__(self, *, <parameters>, **kwargs)`, call `super().__init__(**kwargs)` and store every
    parameter as an attribute of the same name; `get_config` and `schedule` need nothing more.
    """

    @classmethod
    def parameter_names(cls) -> list[str]:
        """Return the names of the constructor's own arguments."""
        kinds = (inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
        signature = inspect.signature(cls.__init__)
        return [name for name, entry in signature.parameters.items() if entry.kind in kinds and name != "self"]

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments, with the values they have now."""
        return {**super().get_config(), **{name: getattr(self, name) for name in self.parameter_names()}}

    def schedule(self, name: str, value: Any) -> None:
        """Set a parameter between two training stages (the training step is traced anew for each stage)."""
        if name not in self.parameter_names():
            raise ValueError(f"{type(self).__name__} {self.name!r} has no parameter {name!r}")
        setattr(self, name, value)
