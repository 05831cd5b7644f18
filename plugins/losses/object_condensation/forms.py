"""The published forms of the attractive and repulsive potential: arXiv:2002.03605, and HGCalML's variants."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import tensorflow as tf

Potential = Callable[[tf.Tensor], tf.Tensor]
"""Maps u, squared distance over distance scale, to the potential."""


def logarithmic(u: tf.Tensor) -> tf.Tensor:
    """ln(e u / 2 + 1)."""
    return tf.math.log(math.e * u / 2 + 1)


def well(u: tf.Tensor) -> tf.Tensor:
    """-exp(-2 u), and 0 for a hit on the condensation point itself."""
    return tf.where(u != 0, -tf.exp(-u / 0.25 / 2), tf.zeros_like(u))


def pit(u: tf.Tensor) -> tf.Tensor:
    """1 - exp(-50 u) + 0.1 sqrt(u): a narrow pit in a wide funnel."""
    return 1 - tf.exp(-u / (2 * 0.1**2)) + 0.1 * tf.sqrt(u + 1e-6)


def deadzone(u: tf.Tensor) -> tf.Tensor:
    """1 - exp(-10 u): hits far away are not attracted."""
    return 1 - tf.exp(-10 * u)


@dataclass(frozen=True)
class Form:
    """What an `implementation` changes.

    `repulsion`: exp(-u / 2) ("gaussian"), or max(1 - sqrt(u), 0) ("hinge": nothing repels beyond distance 1).
    `manhattan`: the squared distance is (sum_c |Δ_c|)². `push_pull`: attraction with mixed distance scales and charges
    beta + q_min/10, no beta penalty. `fixed_centre`: attraction does not move the condensation point.
    `spectator_floor`: spectators lose only q_min, not their whole charge.
    """

    attraction: Potential = logarithmic
    repulsion: Literal["gaussian", "hinge"] = "gaussian"
    manhattan: bool = False
    push_pull: bool = False
    fixed_centre: bool = False
    spectator_floor: bool = False

    def squared_distance(self, difference: tf.Tensor) -> tf.Tensor:
        """Return the squared distance for coordinate differences [pairs, C]."""
        if self.manhattan:
            return tf.square(tf.reduce_sum(tf.abs(difference), axis=1))
        return tf.reduce_sum(tf.square(difference), axis=1)


_STANDARD = Form()
_HINGE = Form(repulsion="hinge")

FORMS = {
    "": _STANDARD,
    "std": _STANDARD,
    "standard": _STANDARD,
    "hinge": _HINGE,
    "hinge_full_grad": _HINGE,
    "hinge_manhatten": replace(_HINGE, manhattan=True),
    "pushpull": Form(attraction=well, push_pull=True),
    "precond": Form(attraction=pit),
    "hinge_damped": replace(_HINGE, fixed_centre=True),
    "hinge_deadzone": replace(_HINGE, attraction=deadzone),
    "hinge_qmin": replace(_HINGE, spectator_floor=True),
}
