"""The training and validation steps: one traced function each, sums of loss terms kept on the device."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import keras
import tensorflow as tf

from registry.compiling.model import Compiled
from registry.configuration.options import OptimizerOptions
from registry.training.feeding import Batch
from registry.training.flat import FlatWeights
from registry.training.gradients import GradientWatch

REGULARISATION = "regularisation"
"""Name under which the penalties on kernels are recorded."""


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


class TermSums:
    """Sums of every loss term over steps, weighted, on the device; read out and emptied once per record."""

    def __init__(self, names: list[str]) -> None:
        self.names = names
        self._sums = tf.Variable(tf.zeros(len(names)), trainable=False)
        self._weight = tf.Variable(0.0, trainable=False)
        self.variables = [self._sums, self._weight]

    def add(self, values: Mapping[str, tf.Tensor], weight: tf.Tensor) -> None:
        """Add the terms of one step (inside a traced function)."""
        self._sums.assign_add(weight * tf.stack([tf.cast(values[name], tf.float32) for name in self.names]))
        self._weight.assign_add(weight)

    def take(self) -> dict[str, float]:
        """Return the weighted means since the last call, and start again."""
        weight = float(self._weight.numpy())
        means = self._sums.numpy() / weight if weight else self._sums.numpy() * float("nan")
        self._sums.assign(tf.zeros_like(self._sums))
        self._weight.assign(0.0)
        return {name: float(mean) for name, mean in zip(self.names, means, strict=True)}


class Steps:
    """Training and validation steps of a compiled graph.

    A step whose loss or gradient is not finite changes nothing, and no step after it does; `bad_step` holds its number.
    Both functions are traced once; `retrace` starts anew after a stage changed parameters.
    """

    def __init__(self, compiled: Compiled) -> None:
        self.model = compiled.training_model
        self._layers = compiled.layers
        self.names = ["loss", *term_names(compiled), REGULARISATION]
        self.train_sums, self.validation_sums = TermSums(self.names), TermSums(self.names)
        self.bad_step = tf.Variable(-1, dtype=tf.int64, trainable=False)
        self.traces = 0
        self._signature = {name: tf.TensorSpec(tensor.shape, tensor.dtype) for name, tensor in self.model.input.items()}

    def inputs(self, batch: Batch) -> dict[str, tf.Tensor]:
        """Return the columns the training model reads; a batch may hold more, for monitors."""
        return {name: batch.tensors[name] for name in self._signature}

    def retrace(self, optimizer: keras.optimizers.Optimizer, clipnorm: float | None = None) -> None:
        """Trace both steps again: parameters, trainable weights or the optimiser have changed."""
        number = tf.TensorSpec([], tf.int64)
        if not optimizer.built:
            self.weights = FlatWeights(self.model.trainable_variables)
            optimizer.build([self.weights.vector])
            self.gradients = GradientWatch(self.weights.variables, self._layers)
        weights = self.weights
        trained = {id(variable) for variable in weights.variables}
        # What a step changes without the optimiser: running averages, counters, states of random numbers.
        others = [variable for variable in self.model.variables if id(variable) not in trained]

        def train(batch: Mapping[str, tf.Tensor], step: tf.Tensor) -> None:
            self.traces += 1
            before = [tf.identity(variable) for variable in others]
            with tf.GradientTape(persistent=True) as tape:
                terms, together = self._terms(batch, training=True)
            parts = tape.gradient(terms["loss"], weights.variables)
            # A penalty on a kernel is no lesson; what is not used of this gradient is not computed.
            taught = tape.gradient(together, weights.variables) if self.model.losses else parts
            self.gradients.trace(parts, [item is not None for item in taught])
            gradient = weights.gradient(parts, clipnorm)
            finite = tf.math.is_finite(terms["loss"]) & tf.reduce_all(tf.math.is_finite(gradient))
            tf.cond(
                finite & (self.bad_step < 0),
                lambda: self._apply(optimizer, gradient, terms),
                lambda: self._undo(step, others, before),
            )

        def validate(batch: Mapping[str, tf.Tensor], events: tf.Tensor) -> None:
            self.traces += 1
            terms, _ = self._terms(batch, training=False)
            self.validation_sums.add(terms, tf.cast(events, tf.float32))

        # The layers are written for graphs: converting Python's control flow would only make tracing slow.
        self.train = tf.function(train, input_signature=[self._signature, number], autograph=False)
        self.validate = tf.function(validate, input_signature=[self._signature, number], autograph=False)

    def trace(self, where: str) -> str:
        """Trace the training step now, not with its first batch; return a warning of weights that no loss reaches.

        Raises RunError if the losses reach none of the weights that are trained.
        """
        self.train.get_concrete_function()
        return self.gradients.check_connected(where)

    def _terms(self, batch: Mapping[str, tf.Tensor], training: bool) -> tuple[dict[str, tf.Tensor], tf.Tensor]:
        """Return every term of a batch by name, and the sum of the losses without the penalties on kernels."""
        losses = self.model(dict(batch), training=training)
        penalties = [tf.reshape(penalty, []) for penalty in self.model.losses]
        penalty = tf.add_n(penalties) if penalties else tf.constant(0.0)
        together = tf.add_n([terms["loss"] for terms in losses.values()])
        total = together + penalty
        flat = {f"{node}.{term}": value for node, terms in losses.items() for term, value in terms.items()}
        return {"loss": total, **flat, REGULARISATION: penalty}, together

    def _apply(
        self, optimizer: keras.optimizers.Optimizer, gradient: tf.Tensor, terms: Mapping[str, tf.Tensor]
    ) -> tf.Tensor:
        self.weights.apply(optimizer, gradient)
        self.train_sums.add(terms, tf.constant(1.0))
        return tf.constant(True)

    def _undo(self, step: tf.Tensor, changed: Sequence[keras.Variable], before: Sequence[tf.Tensor]) -> tf.Tensor:
        for variable, value in zip(changed, before, strict=True):
            variable.assign(value)
        self.bad_step.assign(tf.where(self.bad_step < 0, step, self.bad_step))
        return tf.constant(False)


def term_names(compiled: Compiled) -> list[str]:
    """Return "node.term" for every scalar of every loss."""
    return [f"{node}.{term}" for node, terms in compiled.losses.items() for term in terms]
