"""Makes the optimisers of Keras from their options."""

from __future__ import annotations

import keras

from registry.configuration.training_options import OptimizerOptions


def make_optimizer(options: OptimizerOptions, learning_rate: float) -> keras.optimizers.Optimizer:
    """Return the Keras optimiser for `options`; gradients are clipped before they come to it."""
    common: dict[str, float] = {"learning_rate": learning_rate}
    if options.weight_decay:
        common["weight_decay"] = options.weight_decay
    moments = {"beta_1": options.beta_1, "beta_2": options.beta_2}
    match options.name:
        case "sgd":
            return keras.optimizers.SGD(momentum=options.beta_1, **common)
        case "rmsprop":
            return keras.optimizers.RMSprop(rho=options.beta_2, epsilon=options.epsilon, **common)
        case "lion":
            return keras.optimizers.Lion(**moments, **common)
    kinds = {"adam": keras.optimizers.Adam, "adamw": keras.optimizers.AdamW, "nadam": keras.optimizers.Nadam}
    return kinds[options.name](epsilon=options.epsilon, **moments, **common)
