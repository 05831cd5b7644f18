"""The layers that a script has in the place of those that look for their function, or their class, by its name.

They are called alike: a file of weights knows layers by the names of their classes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras

from registry.contract.transform_layer import TransformLayer


class FunctionLayer(keras.layers.Layer):  # type: ignore[misc]
    """Calls a function once, on symbols of the shapes that it is given, and keeps the layers that it makes."""

    def __init__(self, function: Callable[..., Any], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.function = function
        self._inner: keras.Model | None = None

    def __call__(self, given: Any = None, /, **tensors: Any) -> Any:
        """Return what the function makes of tensors by name."""
        options = {name: tensors.pop(name) for name in ("training",) if name in tensors}
        tensors = {**(given or {}), **tensors}
        if self._inner is None:
            symbols = {
                name: keras.Input(tuple(tensor.shape)[1:], dtype=keras.backend.standardize_dtype(tensor.dtype))
                for name, tensor in tensors.items()
            }
            self._inner = keras.Model(symbols, self.function(**symbols), name="function")
            self.built = True
        return super().__call__(tensors, **options)

    def call(self, tensors: dict[str, Any], training: bool | None = None) -> Any:
        """Return what the function makes of tensors by name."""
        assert self._inner is not None
        return self._inner(tensors, training=training)

    def compute_output_spec(self, tensors: dict[str, Any], **_: Any) -> Any:
        """Return what the function made of symbols, for as many rows as are given."""
        assert self._inner is not None
        return self._inner.compute_output_spec(tensors)


class FunctionTransformLayer(TransformLayer):
    """Hands chosen columns to a function, and all others on."""

    def __init__(self, function: Callable[..., Any], columns: list[int] | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.function, self.columns = function, columns

    def changed(self, x: Any) -> Any:
        """Return what the chosen columns [hits, columns] become."""
        return self.function(x)


class ImportedLayer(keras.layers.Layer):  # type: ignore[misc]
    """Holds a layer of an installed package."""

    def __init__(self, inner: keras.layers.Layer, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.inner = inner
        # It has no state of its own: the layer inside builds itself when it is called.
        self.built = True

    def call(self, *tensors: Any, training: bool | None = None, **named: Any) -> Any:
        """Return what the layer makes of tensors."""
        return self.inner(*tensors, **named)
