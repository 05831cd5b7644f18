"""Which weights the loss reaches: those without a gradient, or with one that was always zero, learn nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import keras
import tensorflow as tf

from registry.contract.errors import RunError

SHOWN = 5
"""Nodes that a message names."""

WAYS = "is its output cut off by a stop_gradient, an integer or a comparison, or does no loss use it?"


class GradientWatch:
    """Notes which of the trained weights have received a gradient of the losses that was not zero.

    `layers`: the Keras layers by node, for the names of weights. `connected` is known once the training step has been
    traced, `reached` as it runs.
    """

    def __init__(self, variables: Sequence[keras.Variable], layers: Mapping[str, keras.layers.Layer]) -> None:
        self.variables = list(variables)
        self.connected = [True] * len(self.variables)
        self._reached = tf.Variable(tf.zeros([len(self.variables)], tf.bool), trainable=False)
        self._layers = layers

    def trace(self, gradients: Sequence[tf.Tensor | None], connected: Sequence[bool]) -> None:
        """Note the gradients of one step (inside the traced function), in the order of the variables.

        `connected`: whether a loss depends on each variable at all, penalties on weights aside.
        """
        self.connected = list(connected)

        def look() -> tf.Tensor:
            found = [tf.constant(False) if item is None else _any(item) for item in gradients]
            self._reached.assign(self._reached | tf.stack(found))
            return tf.constant(True)

        if self.variables:
            # Once every weight has been reached there is nothing more to find out.
            missing = self.connected & ~self._reached
            tf.cond(tf.reduce_any(missing), look, lambda: tf.constant(True))

    def check_connected(self, where: str) -> str:
        """Return a sentence on the weights that the losses cannot reach, if there are any.

        Raises RunError if they reach none.
        """
        cut_off = [item for item, connected in zip(self.variables, self.connected, strict=True) if not connected]
        if len(cut_off) == len(self.variables):
            raise RunError(
                f"{where}: no gradient of a loss reaches a weight, nothing would be learnt: {self._names(cut_off)}\n"
                f"  {WAYS}"
            )
        return f"no loss reaches these weights, they stay as they are: {self._names(cut_off)}" if cut_off else ""

    def check_reached(self, where: str) -> str:
        """Return a sentence on the weights whose gradient was zero in every step so far, if there are any.

        Raises RunError if it was zero for all of them.
        """
        reached = self._reached.numpy()
        if not reached.any():
            raise RunError(
                f"{where}: the gradient of every weight was exactly zero, nothing is learnt\n"
                "  is the loss a constant, or multiplied by zero? are all hits noise?"
            )
        still = [
            item
            for item, connected, found in zip(self.variables, self.connected, reached, strict=True)
            if connected and not found
        ]
        return f"the gradient of these weights was exactly zero so far: {self._names(still)}" if still else ""

    def _names(self, variables: Iterable[keras.Variable]) -> str:
        """Return weights by node: the node alone where all of its trained weights are meant."""
        wanted = {id(item) for item in variables}
        parts = []
        for path, layer in self._layers.items():
            mine = [item for item in layer.trainable_variables if id(item) in wanted]
            names = ", ".join(item.path.removeprefix(f"{layer.name}/") for item in mine)
            if mine:
                parts.append(path if len(mine) == len(layer.trainable_variables) else f"{path} ({names})")
        return ", ".join(parts[:SHOWN]) + (f" and {len(parts) - SHOWN} more" if len(parts) > SHOWN else "")


def _any(gradient: tf.Tensor | tf.IndexedSlices) -> tf.Tensor:
    return tf.reduce_any(tf.not_equal(tf.convert_to_tensor(gradient), 0))
