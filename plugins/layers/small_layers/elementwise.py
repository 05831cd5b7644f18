"""The Keras layers that treat every number, or every column, by itself."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from registry.contract.layer import BlockLayer

Shape = tuple[int | None, ...]

CONDITIONS = {
    ">0": tf.greater,
    ">=0": tf.greater_equal,
    "<0": tf.less,
    "<=0": tf.less_equal,
    "==0": tf.equal,
    "!=0": tf.not_equal,
}


@keras.saving.register_keras_serializable("registry")
class Add(BlockLayer):
    """The sum of several tensors.

    Input shape: a list of [hits, features]. Output shape: [hits, features].
    """

    def call(self, x: list[Any]) -> Any:
        """Return the sum."""
        return tf.add_n(x)

    def compute_output_shape(self, x_shape: list[Shape]) -> Shape:
        """Return [hits, features]."""
        return x_shape[0]


@keras.saving.register_keras_serializable("registry")
class OnesLike(BlockLayer):
    """1 for every number (blocks.md 3.6).

    Input shape: [hits, features]. Output shape: the same.
    """

    def call(self, x: Any) -> Any:
        """Return the ones."""
        return tf.ones_like(x)

    def compute_output_shape(self, x_shape: Shape) -> Shape:
        """Return [hits, features]."""
        return x_shape


@keras.saving.register_keras_serializable("registry")
class ZerosLike(BlockLayer):
    """0 for every number (blocks.md 3.6).

    Input shape: [hits, features]. Output shape: the same.
    """

    def call(self, x: Any) -> Any:
        """Return the zeros."""
        return tf.zeros_like(x)

    def compute_output_shape(self, x_shape: Shape) -> Shape:
        """Return [hits, features]."""
        return x_shape


@keras.saving.register_keras_serializable("registry")
class ElementScaling(BlockLayer):
    """Every column times a learned number, 1 at first (blocks.md 3.6).

    Input shape: [hits, features]. Output shape: the same.
    """

    def build(self, x_shape: Shape) -> None:
        """Make the factors."""
        self._scales = self.add_weight(shape=(1, int(x_shape[-1] or 0)), initializer="ones", name="scales")

    def call(self, x: Any) -> Any:
        """Return the scaled columns."""
        return x * self._scales

    def compute_output_shape(self, x_shape: Shape) -> Shape:
        """Return [hits, features]."""
        return x_shape


@keras.saving.register_keras_serializable("registry")
class ScalarMultiply(BlockLayer):
    """Every number times a factor.

    Input shape: [hits, features]. Output shape: the same.
    """

    def __init__(self, *, factor: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.factor = factor

    def call(self, x: Any) -> Any:
        """Return the product."""
        return x * self.factor

    def compute_output_shape(self, x_shape: Shape) -> Shape:
        """Return [hits, features]."""
        return x_shape


@keras.saving.register_keras_serializable("registry")
class SquareRoot(BlockLayer):
    """`sqrt(x + 1e-6)`: a distance from its square, with a gradient at 0 (blocks.md 3.6).

    Input shape: [hits, features]. Output shape: the same.
    """

    def call(self, x: Any) -> Any:
        """Return the root."""
        return tf.sqrt(x + 1e-6)

    def compute_output_shape(self, x_shape: Shape) -> Shape:
        """Return [hits, features]."""
        return x_shape


@keras.saving.register_keras_serializable("registry")
class SelectFeatures(BlockLayer):
    """The columns `first` to `last`, without `last`.

    Input shape: [hits, features]. Output shape: [hits, last - first].
    """

    def __init__(self, *, first: int, last: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.first = first
        self.last = last

    def call(self, x: Any) -> Any:
        """Return the columns."""
        return x[:, self.first : self.last]

    def compute_output_shape(self, x_shape: Shape) -> Shape:
        """Return [hits, last - first]."""
        return (x_shape[0], self.last - self.first)


@keras.saving.register_keras_serializable("registry")
class Where(BlockLayer):
    """A fixed number in the rows where a condition holds (blocks.md 3.6).

    Input shape: condition [hits, 1], x [hits, features]. Output shape: [hits, features].
    """

    def __init__(self, *, outputval: float, condition: str = ">0", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.outputval = outputval
        self.condition = condition

    def call(self, condition: Any, x: Any) -> Any:
        """Return x with the chosen rows replaced."""
        holds = CONDITIONS[self.condition](condition, tf.zeros_like(condition))
        return tf.where(holds, tf.cast(self.outputval, x.dtype), x)

    def compute_output_shape(self, condition_shape: Shape, x_shape: Shape) -> Shape:
        """Return [hits, features]."""
        return x_shape


@keras.saving.register_keras_serializable("registry")
class CreateMask(BlockLayer):
    """1 where a number reaches a threshold, else 0 (blocks.md 3.6).

    Input shape: [hits, features]. Output shape: the same.
    """

    def __init__(self, *, threshold: float, invert: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.threshold = threshold
        self.invert = invert

    def call(self, x: Any) -> Any:
        """Return the mask."""
        mask = x < self.threshold if self.invert else x >= self.threshold
        return tf.cast(mask, x.dtype)

    def compute_output_shape(self, x_shape: Shape) -> Shape:
        """Return [hits, features]."""
        return x_shape


@keras.saving.register_keras_serializable("registry")
class PrimeCoordinates(BlockLayer):
    """Projective coordinates of a position (blocks.md 3.6).

    Input shape: [hits, 3], cm. Output shape: [hits, 3].
    """

    def __init__(self, *, new_prime: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.new_prime = new_prime

    def call(self, coordinates: Any) -> Any:
        """Return x/(10 z), y/(10 z) and the distance from the origin in metres."""
        depth = coordinates[:, 2:] if self.new_prime else 10 * coordinates[:, 2:]
        # On the plane z = 0 the projection has no value: it is 0 there, and its gradient too.
        projected = tf.math.divide_no_nan(coordinates[:, :2], depth)
        radius = tf.sqrt(tf.reduce_sum(coordinates**2, axis=-1, keepdims=True) + 1e-2) / 100
        return tf.concat([projected, radius], axis=-1)

    def compute_output_shape(self, coordinates_shape: Shape) -> Shape:
        """Return [hits, 3]."""
        return coordinates_shape


@keras.saving.register_keras_serializable("registry")
class SpectatorWeight(BlockLayer):
    """How much a hit counts as a spectator of its shower (blocks.md 3.6, 4.1).

    Input shape: truth_spectator [hits, 1]. Output shape: [hits, 1].
    """

    def __init__(self, *, threshold: float = 5.0, minimum: float = 0.1, active: bool = True, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.threshold = threshold
        self.minimum = minimum
        self.active = active

    def call(self, truth_spectator: Any) -> Any:
        """Return the weight, or the score itself."""
        if not self.active:
            return truth_spectator
        return tf.where(truth_spectator > self.threshold, 1 - self.minimum, tf.zeros_like(truth_spectator))

    def compute_output_shape(self, truth_spectator_shape: Shape) -> Shape:
        """Return [hits, 1]."""
        return truth_spectator_shape
