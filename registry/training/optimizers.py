"""Makes the optimisers of Keras from their options, and says how they work on the weights."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

import keras

from registry.compiling.model import Compiled
from registry.configuration.options import Options
from registry.configuration.training_options import DEFAULTED, OptimizerOptions, keras_arguments
from registry.contract.errors import InputError, Problem
from registry.contract.keras_optimizers import optimizers
from registry.training.flat import Clipping
from registry.wiring.selectors import select

ELEMENTWISE = (*DEFAULTED, "adagrad", "adadelta", "adamax", "ftrl")
"""Optimisers that do with every number of a tensor the same, whatever the others are."""


def make_optimizer(options: OptimizerOptions, learning_rate: float) -> keras.optimizers.Optimizer:
    """Return the Keras optimiser for `options`; gradients are clipped before they come to it.

    Raises InputError for parameters that Keras refuses.
    """
    given = {key: value for key, (value, _) in keras_arguments(options).items()}
    kind = getattr(keras.optimizers, optimizers()[options.name])
    try:
        return kind(learning_rate=learning_rate, **given)
    except (TypeError, ValueError) as error:
        raise InputError([Problem(f"Optimizer: Keras refuses these parameters of {options.name}: {error}")]) from error


def each_tensor(options: OptimizerOptions) -> bool:
    """Say whether the optimiser works on tensors: on their shapes, or on some of them otherwise than on others."""
    return options.name not in ELEMENTWISE or bool(options.exclude_from_weight_decay)


def clipping_of(options: OptimizerOptions, together: float | None) -> Clipping:
    """Return how gradients are clipped; `together`: what the stage says for the gradient of all weights."""
    if together is None:
        together = options.global_clipnorm
    return Clipping(options.clipnorm) if together is None else Clipping(None, together)


def exclude(optimizer: keras.optimizers.Optimizer, options: OptimizerOptions, compiled: Compiled) -> None:
    """Leave the weights without decay that the options name; raise InputError for a selector that names none."""
    if not options.exclude_from_weight_decay:
        return
    found = []
    for selector in options.exclude_from_weight_decay:
        named = list(_weights(selector, compiled))
        if not named:
            message = f"Optimizer.exclude_from_weight_decay: {selector!r} names no weight"
            raise InputError([Problem(message, hint="a weight is called NODE/NAME, such as heads/beta_kernel")])
        found += named
    optimizer.exclude_from_weight_decay(var_list=list({id(item): item for item in found}.values()))


def try_optimizers(options: Options, compiled: Compiled) -> None:
    """Make the optimiser of every stage once: what is wrong with a later one is found before the first begins.

    Raises InputError for parameters that Keras refuses, and for selectors of weights that name none.
    """
    own = [stage.options.optimizer for stage in options.stages]
    for rule in [options.optimizer, *filter(None, own)]:
        exclude(make_optimizer(rule, 1e-3), rule, compiled)


def _weights(selector: str, compiled: Compiled) -> Iterator[keras.Variable]:
    if "/" not in selector:
        for node in select(selector, compiled.checked):
            yield from compiled.layers[node].weights if node in compiled.layers else ()
        return
    for node, layer in compiled.layers.items():
        for variable in layer.weights:
            if fnmatchcase(variable.path, selector) or fnmatchcase(f"{node}/{variable.name}", selector):
                yield variable
