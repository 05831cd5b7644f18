"""Base class of the Keras layers behind transforms: chosen columns are changed, all others handed on."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from registry.contract.layer import BlockLayer, Shape


class TransformLayer(BlockLayer):
    """A layer that changes chosen columns; a subclass defines `changed`, and what it holds in `build_for`.

    Input shape: features [hits, features]; rest: any columns by name. Output shape: the same by name; each chosen
    column becomes `width` columns, in its place.
    """

    width = 1
    """The number of columns that one column becomes."""

    def build(self, features_shape: Shape, **others: Any) -> None:
        """Make what the layer holds."""
        self._features = int(features_shape[-1] or 0)
        self._chosen = list(range(self._features)) if self.columns is None else list(self.columns)
        self.build_for(len(self._chosen))

    def build_for(self, columns: int) -> None:
        """Make the weights for so many columns by `self.hold`; nothing by default."""

    def hold(self, name: str, shape: tuple[int, ...], initializer: str) -> Any:
        """Return a new weight that is fitted, and not trained."""
        return self.add_weight(shape=shape, initializer=initializer, trainable=False, name=name)

    def changed(self, x: Any) -> Any:
        """Return what the chosen columns [hits, columns] become, [hits, columns * width]."""
        raise NotImplementedError(f"{type(self).__name__} does not define changed()")

    def call(self, features: Any, rest: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return every column by name."""
        everything = self._chosen == list(range(self._features))
        made = self.changed(features if everything else ops.take(features, self._chosen, axis=1))
        if not everything:
            made = ops.take(ops.concatenate([features, made], axis=1), self._order(), axis=1)
        return {**(rest or {}), "features": made}

    def _order(self) -> list[int]:
        """Return where each column that comes out lies in the features followed by what the chosen ones became."""
        order: list[int] = []
        for place in range(self._features):
            if place in self._chosen:
                first = self._features + self._chosen.index(place) * self.width
                order += range(first, first + self.width)
            else:
                order.append(place)
        return order

    def compute_output_spec(self, features: Any, rest: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return the shape of every column."""
        total = features.shape[-1]
        chosen = total if self.columns is None else len(self.columns)
        spec = {name: keras.KerasTensor(tensor.shape, tensor.dtype) for name, tensor in (rest or {}).items()}
        made = keras.KerasTensor((features.shape[0], total + chosen * (self.width - 1)), features.dtype)
        return {**spec, "features": made}
