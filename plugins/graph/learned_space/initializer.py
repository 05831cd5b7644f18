"""The initialiser of learned coordinates: the identity plus noise."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable("registry")
class EyeInitializer(keras.initializers.Initializer):
    """`eye_scaling * I + Normal(mean, stddev)` for a matrix of any two lengths.

    Raises ValueError for a shape that is not a matrix.
    """

    def __init__(
        self, mean: float = 0.0, stddev: float = 0.1, eye_scaling: float = 1.0, seed: int | None = None
    ) -> None:
        self.mean, self.stddev, self.eye_scaling, self.seed = mean, stddev, eye_scaling, seed

    def __call__(self, shape: tuple[int, ...], dtype: Any = None) -> Any:
        """Return the matrix."""
        if len(shape) != 2:
            raise ValueError(f"EyeInitializer: expected the shape of a matrix; received {tuple(shape)}")
        noise = keras.random.normal(shape, self.mean, self.stddev, dtype=dtype, seed=self.seed)
        return self.eye_scaling * ops.eye(shape[0], shape[1], dtype=noise.dtype) + noise

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {"mean": self.mean, "stddev": self.stddev, "eye_scaling": self.eye_scaling, "seed": self.seed}
