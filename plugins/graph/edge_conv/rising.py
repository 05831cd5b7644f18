"""Where an edge convolution needs no value of a link: the maximum of a rising function is that of the maximum."""

from __future__ import annotations

from typing import Any

RISING = ("linear", "relu", "relu6", "leaky_relu", "elu", "selu", "softplus", "sigmoid", "tanh")
"""Activations that never fall."""


def hits_suffice(options: Any) -> bool:
    """Say whether the parameters let it be computed hit by hit, where no features of links are wired."""
    one_layer = len(options.units) == 1 and options.activation in RISING
    return one_layer and options.aggregation == "max" and not options.pair_columns
