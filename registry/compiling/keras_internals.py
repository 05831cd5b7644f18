"""What is asked of Keras beyond its public interface: every private name of it stands here."""

from __future__ import annotations

import inspect

import keras


def takes_training(layer: keras.layers.Layer) -> bool:
    """Say whether a layer's `call` has the argument `training`."""
    return "training" in inspect.signature(layer.call).parameters


def sources_of(tensor: keras.KerasTensor) -> list[keras.KerasTensor]:
    """Return the symbolic tensors that the operation which made `tensor` has taken; none for an input of a model."""
    operation, index, _ = tensor._keras_history
    sources: list[keras.KerasTensor] = operation._inbound_nodes[index].input_tensors
    return sources
