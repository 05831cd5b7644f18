"""The Keras layer of a block that is a layer of an installed package."""

from __future__ import annotations

from typing import Any

import keras

from registry.contract.places import load


@keras.saving.register_keras_serializable("registry")
class ImportedLayer(keras.layers.Layer):  # type: ignore[misc]
    """Holds a layer of an installed package, and is saved by its address: the layer itself need not be registered.

    `address`: "package.module:Class"; `arguments`: those of its constructor.
    """

    def __init__(self, address: str, arguments: dict[str, Any], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.address, self.arguments = address, dict(arguments)
        kind = load(address)
        if not (isinstance(kind, type) and issubclass(kind, keras.layers.Layer)):
            raise TypeError(f"{address} is {kind!r}, expected a class that is made of keras.layers.Layer")
        self.inner = kind(**self.arguments)
        # It has no state of its own: the layer inside builds itself when it is called.
        self.built = True

    def call(self, *tensors: Any, training: bool | None = None, **named: Any) -> Any:
        """Return what the layer makes of tensors."""
        return self.inner(*tensors, **named)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the constructor."""
        return {**super().get_config(), "address": self.address, "arguments": self.arguments}
