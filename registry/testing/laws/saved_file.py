"""A model with the block comes back from its file, and gives what it gave."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from registry.contract.axes import Axis, TensorType
from registry.testing.comparing import require_same
from registry.testing.law import LAYERS, law
from registry.testing.running import flat, tensors
from registry.testing.subject import Subject
from registry.testing.values import mapped

SIZES = [7, 0, 12]


@law("saved file", LAYERS, "keep what the layer needs as weights, or as parameters that get_config() returns")
def check(subject: Subject) -> None:
    """Save a model of the block alone, and read it."""
    import keras

    keras.backend.clear_session(free_memory=False)
    symbols = mapped(subject.inputs.types, _input)
    outputs = subject.new().call(symbols)
    names = list(flat(symbols))
    model = keras.Model(list(flat(symbols).values()), outputs)
    random = np.random.default_rng(0)
    for weight in model.trainable_weights:
        weight.assign(random.normal(size=weight.shape))
    given = flat(tensors(subject.values(SIZES)))
    with TemporaryDirectory() as folder:
        file = Path(folder) / "model.keras"
        model.save(file)
        loaded = keras.models.load_model(file, compile=False)
    arrays = [given[port] for port in names]
    require_same(_plain(loaded(arrays)), _plain(model(arrays)), "outputs of the model that was read back")


def _input(port: str, type_: TensorType) -> Any:
    import keras

    shape = tuple(None if isinstance(axis, Axis) else axis for axis in type_.axes[1:])
    return keras.Input(shape, dtype=type_.dtype)


def _plain(result: dict[str, Any]) -> dict[str, np.ndarray]:
    return {port: np.asarray(value) for port, value in result.items()}
