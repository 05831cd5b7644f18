"""Writes weights the way Keras 2 did in `.h5` files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import h5py
import numpy as np

Layers = dict[str, dict[str, np.ndarray]]
"""Arrays by layer, then by weight name, in the layer's order."""


def recorded_layers(recording: Mapping[str, Any]) -> Layers:
    """Return the weights of a recording, `w/<layer>|<weight>`, that belong to the model and not to its bookkeeping."""
    layers: Layers = {}
    for name in recording:
        if name.startswith("w/") and not name.endswith("_time:0"):
            layer, weight = name.removeprefix("w/").split("|")
            layers.setdefault(layer, {})[weight] = np.asarray(recording[name])
    return layers


def write_h5(path: Path, layers: Layers) -> Path:
    """Write a model file: a group per layer, that names its weights in an attribute."""
    with h5py.File(path, "w") as file:
        group = file.create_group("model_weights")
        group.attrs["layer_names"] = [name.encode() for name in layers]
        for name, weights in layers.items():
            layer = group.create_group(name)
            layer.attrs["weight_names"] = [weight.encode() for weight in weights]
            for weight, array in weights.items():
                layer.create_dataset(weight, data=array)
    return path
