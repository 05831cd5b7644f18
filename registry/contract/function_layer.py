"""The Keras layer of a block that a function is."""

from __future__ import annotations

from typing import Any

import keras

from registry.contract.errors import InputError, Problem
from registry.contract.function_block import FUNCTIONS
from registry.contract.layer import VERSION


@keras.saving.register_keras_serializable("registry")
class FunctionLayer(keras.layers.Layer):  # type: ignore[misc]
    """Calls a function once, on tensors of the shapes that it is given, and then what came of it.

    `function`: the name of the block; `parameters`: its parameters. The layers that the function makes are kept in a
    model, so that their weights are trained and saved.
    """

    def __init__(self, function: str, parameters: dict[str, Any], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.function, self.parameters = function, dict(parameters)
        self._inner: keras.Model | None = None

    def __call__(self, given: Any = None, /, *, training: bool | None = None, **inputs: Any) -> Any:
        """Return what the function makes of tensors by port."""
        tensors = {**(given or {}), **inputs}
        if self._inner is None:
            self._make(tensors)
        return super().__call__(tensors, **({} if training is None else {"training": training}))

    def _make(self, tensors: dict[str, Any]) -> None:
        """Call the function on symbols of these shapes."""
        block = FUNCTIONS[self.function]
        symbols = {
            port: keras.Input(tuple(tensor.shape)[1:], dtype=keras.backend.standardize_dtype(tensor.dtype), name=port)
            for port, tensor in tensors.items()
        }
        result = block.function(**symbols, **dict(block.Params(**self.parameters)))
        self._inner = keras.Model(symbols, result, name="function")
        self.built = True

    def call(self, tensors: dict[str, Any], training: bool | None = None) -> Any:
        """Return what the function makes of tensors by port."""
        if self._inner is None:
            raise RuntimeError(f"the function {self.function!r} was not called yet")
        return self._inner(tensors, training=training)

    def compute_output_spec(self, tensors: dict[str, Any], **_: Any) -> Any:
        """Return what the function made of symbols, for as many rows as are given."""
        if self._inner is None:
            raise RuntimeError(f"the function {self.function!r} was not called yet")
        return self._inner.compute_output_spec(tensors)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the constructor, and the version of the block where it is not the first."""
        version = FUNCTIONS[self.function].version
        own = {"function": self.function, "parameters": self.parameters}
        return {**super().get_config(), **own, **({VERSION: version} if version > 1 else {})}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> FunctionLayer:
        """Return the layer of a configuration; raises InputError without its function, or of another version of it."""
        arguments = dict(config)
        written, function = arguments.pop(VERSION, 1), arguments["function"]
        known = FUNCTIONS.get(function)
        if known is None:
            message = (
                f"layer {config.get('name')!r} is the function {function!r}, which belongs to no plugin that is loaded"
            )
            raise InputError([Problem(message, hint="name its plugin: plugins=[...], or --plugin FILE_OR_MODULE")])
        if known.version != written:
            message = f"layer {config.get('name')!r} was saved by version {written} of the block {function!r}"
            raise InputError([Problem(f"{message}; expected version {known.version}, which computes something else")])
        return cls(**arguments)
