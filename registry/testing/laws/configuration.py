"""A layer comes back from its configuration and its weights as it was."""

from __future__ import annotations

import numpy as np

from registry.contract.block import Block
from registry.testing.broken import Broken
from registry.testing.comparing import require_same
from registry.testing.law import PARTS, law
from registry.testing.running import Running
from registry.testing.subject import Subject

SIZES = [7, 0, 12]


@law(
    "configuration",
    PARTS,
    "register the layer with keras.saving.register_keras_serializable; get_config() returns every parameter",
)
def check(subject: Subject) -> None:
    """Make the layer again of what Keras writes of it, and give it the weights."""
    import keras

    values, first = subject.values(SIZES), subject.new()
    config = first.layer.get_config()
    if missing := [parameter for parameter in _parameters(subject, first) if parameter not in config]:
        raise Broken(f"a configuration with the parameter {missing[0]!r}", ", ".join(config) or "an empty one")
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


def _parameters(subject: Subject, run: Running) -> list[str]:
    """Return the parameters that the layer was made with."""
    from registry.contract.layer import BlockLayer

    if isinstance(run.layer, BlockLayer):
        return run.layer.parameter_names()
    return list(subject.block.layer_config()) if type(subject.block).build is Block.build else []
