"""A layer comes back from its configuration and its weights as it was."""

from __future__ import annotations

import numpy as np

from registry.testing.broken import Broken
from registry.testing.comparing import require_same
from registry.testing.running import Running
from registry.testing.subject import Subject

name = "configuration"
slow = False

SIZES = [7, 0, 12]


def applies(subject: Subject) -> str:
    """It applies to all that is part of a network."""
    return "" if subject.has_layer else "no part of a network"


def check(subject: Subject) -> None:
    """Make the layer again of what Keras writes of it, and give it the weights."""
    import keras

    values, first = subject.values(SIZES), subject.new()
    first(values)
    random = np.random.default_rng(0)
    for weight in first.layer.trainable_weights:
        weight.assign(random.normal(size=weight.shape))
    expected = first(values)
    made = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(first.layer))
    if type(made) is not type(first.layer):
        raise Broken(f"a {type(first.layer).__qualname__}", type(made).__qualname__)
    if made.get_config() != first.layer.get_config():
        raise Broken(f"the configuration {first.layer.get_config()}", made.get_config())
    second = Running(subject.block, made)
    second(values)
    if [weight.shape for weight in made.weights] != [weight.shape for weight in first.layer.weights]:
        raise Broken(f"{len(first.layer.weights)} weights of the same shapes", f"{len(made.weights)}")
    made.set_weights(first.layer.get_weights())
    require_same(second(values), expected, "outputs of the layer made again")
