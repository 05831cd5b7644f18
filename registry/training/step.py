"""The training and validation steps: one traced function each, sums of loss terms kept on the device."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import keras
import tensorflow as tf

from registry.compiling.model import Compiled
from registry.training.feeding import Batch
from registry.training.flat import Clipping, EachWeight, FlatWeights
from registry.training.gradients import GradientWatch
from registry.training.ranks.ranks import ALONE, Ranks
from registry.training.ranks.together import Together
from registry.training.strategies.accumulating import Accumulated
from registry.training.strategies.averaging import Averaging
from registry.training.strategies.loss_weights import LossWeights
from registry.training.strategies.precision import Precision
from registry.training.strategies.recomputing import Recomputing
from registry.training.term_sums import TermSums

REGULARISATION = "regularisation"
"""Name under which the penalties on kernels are recorded."""


@dataclass(frozen=True)
class StepRule:
    """What a step does with a gradient.

    `clipping`: how it is clipped; `accumulate`: those of several batches make one step; `weighted`: each loss has a
    factor, which is told with the batch; `each`: the optimiser works on tensors, not on one vector of all weights;
    `loss_weights`: losses have weights; `average`: the decay of a running average of the weights;
    `precision`: what layers compute in that may have 16 bits; `recompute`: selectors of groups whose values are
    computed again in the backward pass.
    """

    clipping: Clipping = field(default_factory=Clipping)
    accumulate: bool = False
    weighted: bool = False
    each: bool = False
    loss_weights: bool = False
    average: float | None = None
    precision: str = "float32"
    recompute: tuple[str, ...] = ()


class Steps:
    """Training and validation steps of a compiled graph.

    A step whose loss or gradient is not finite changes nothing, and no step after it does; `bad_step` holds its number.
    Both functions are traced once; `retrace` starts anew after a stage changed parameters.
    """

    def __init__(
        self,
        compiled: Compiled,
        loss_weights: LossWeights | None = None,
        averaging: Averaging | None = None,
        ranks: Ranks = ALONE,
    ) -> None:
        self._loss_weights, self._averaging, self._compiled = loss_weights, averaging, compiled
        self.precision = Precision(compiled)
        self.model = compiled.training_model
        self._layers = compiled.layers
        self.losses = list(compiled.losses)
        self.names = ["loss", *term_names(compiled), REGULARISATION]
        self._ranks = ranks
        self.train_sums, self.validation_sums = TermSums(self.names), TermSums(self.names)
        self.bad_step = tf.Variable(-1, dtype=tf.int64, trainable=False)
        self.traces = 0
        self._penalised = False
        self.rule = StepRule()
        self._signature = {name: tf.TensorSpec(tensor.shape, tensor.dtype) for name, tensor in self.model.input.items()}

    def inputs(self, batch: Batch) -> dict[str, tf.Tensor]:
        """Return the columns the training model reads; a batch may hold more, for monitors."""
        return {name: batch.tensors[name] for name in self._signature}

    @property
    def accumulated(self) -> list[tf.Variable]:
        """What has been accumulated for the next step of the optimiser; nothing if each batch makes one."""
        return self._accumulated.variables if self.rule.accumulate else []

    def retrace(self, optimizer: keras.optimizers.Optimizer, rule: StepRule | None = None) -> None:
        """Trace both steps again: parameters, trainable weights, the optimiser or the rule have changed."""
        self.rule = rule or StepRule()
        self.precision.set(self.rule.precision)
        self._recomputing = Recomputing(self._compiled, self.rule.recompute) if self.rule.recompute else None
        if not optimizer.built:
            kind = EachWeight if self.rule.each else FlatWeights
            self.weights = kind(self.model.trainable_variables)
            self.weights.build(optimizer)
            self.gradients = GradientWatch(self.weights.variables, self._layers)
        self._accumulated = Accumulated(self.weights.size if self.rule.accumulate else 0)
        weights, number = self.weights, tf.TensorSpec([], tf.int64)
        told = [number, tf.TensorSpec([len(self.losses) + 1], tf.float32), tf.TensorSpec([], tf.bool)]
        trained = {id(variable) for variable in weights.variables}
        # What a step changes without the optimiser: running averages, counters, states of random numbers.
        others = [variable for variable in self.model.variables if id(variable) not in trained]

        def learn(batch: Mapping[str, tf.Tensor], factors: tf.Tensor) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
            self.traces += 1
            with tf.GradientTape(persistent=True) as tape:
                terms, together, minimised = self._terms(batch, factors if self.rule.weighted else None, training=True)
            parts = tape.gradient(minimised, weights.variables)
            # A penalty on a kernel is no lesson; what is not used of this gradient is not computed.
            taught = tape.gradient(together, weights.variables) if self._penalised else parts
            self.gradients.trace(parts, [item is not None for item in taught])
            return weights.flat(parts), terms

        def take(
            gradient: tf.Tensor,
            terms: Mapping[str, tf.Tensor],
            before: Sequence[tf.Tensor],
            step: tf.Tensor,
            last: tf.Tensor,
        ) -> None:
            if not self.rule.accumulate:
                gradient = weights.clipped(gradient, self.rule.clipping)
            finite = tf.math.is_finite(terms["loss"]) & tf.reduce_all(tf.math.is_finite(gradient))
            tf.cond(
                finite & (self.bad_step < 0),
                lambda: self._learn(optimizer, gradient, terms, last),
                lambda: self._undo(step, others, before),
            )

        def train(batch: Mapping[str, tf.Tensor], step: tf.Tensor, factors: tf.Tensor, last: tf.Tensor) -> None:
            before = [tf.identity(variable) for variable in others]
            take(*learn(batch, factors), before, step, last)

        def validate(batch: Mapping[str, tf.Tensor], events: tf.Tensor) -> None:
            self.traces += 1
            terms, *_ = self._terms(batch, None, training=False)
            self.validation_sums.add(terms, tf.cast(events, tf.float32))

        # The layers are written for graphs: converting Python's control flow would only make tracing slow.
        if self._ranks.several:
            self._together = Together(
                self._ranks, learn, take, others, self.names, self._signature, len(self.losses) + 1
            )
        else:
            self._train = tf.function(train, input_signature=[self._signature, *told], autograph=False)
        self.validate = tf.function(validate, input_signature=[self._signature, number], autograph=False)

    def train(
        self,
        columns: Mapping[str, tf.Tensor],
        step: int,
        factors: Sequence[float] | None = None,
        last: bool = True,
        part: tuple[float, float] | None = None,
        asked: bool = False,
    ) -> bool:
        """Learn from a batch, and say whether another rank, or this one, was asked to end.

        `factors`: of every loss, and of the penalties on kernels, what it counts in the gradient; `last`: the batch is
        the last of those that make one step of the optimiser; `part`: the shares of the events and the hits of all
        ranks that this one has; `asked`: whether this rank was asked to end, which the others learn with the step.
        """
        told = tf.ones([len(self.losses) + 1]) if factors is None else tf.constant(factors, tf.float32)
        number, is_last = tf.constant(step, tf.int64), tf.constant(last, tf.bool)
        if self._ranks.several and part is not None:
            return self._together(columns, told, number, is_last, *part, asked)
        self._train(columns, number, told, is_last)
        return False

    def trace(self, where: str) -> str:
        """Trace the training step now, not with its first batch; return a warning of weights that no loss reaches.

        Raises RunError if the losses reach none of the weights that are trained.
        """
        (self._together.learn if self._ranks.several else self._train).get_concrete_function()
        return self.gradients.check_connected(where)

    def _terms(
        self, batch: Mapping[str, tf.Tensor], factors: tf.Tensor | None, training: bool
    ) -> tuple[dict[str, tf.Tensor], tf.Tensor, tf.Tensor]:
        """Return every term of a batch by name, the sum of the losses without penalties, and what is minimised."""
        added: list[tf.Tensor] = []
        if self._recomputing is None:
            losses = self.model(dict(batch), training=training)
        else:
            losses, added = self._recomputing.run(batch, training)
        penalties = [tf.reshape(penalty, []) for penalty in (*self.model.losses, *added)]
        self._penalised = bool(penalties)
        penalty = tf.add_n(penalties) if penalties else tf.constant(0.0)
        each = [losses[node]["loss"] for node in self.losses]
        if self.rule.loss_weights and self._loss_weights:
            each = [self._loss_weights.values[index] * loss for index, loss in enumerate(each)]
        together = tf.add_n(each)
        total = minimised = together + penalty
        if factors is not None:
            minimised = tf.add_n([factors[index] * loss for index, loss in enumerate([*each, penalty])])
        flat = {f"{node}.{term}": value for node, terms in losses.items() for term, value in terms.items()}
        return {"loss": total, **flat, REGULARISATION: penalty}, together, minimised

    def _learn(
        self,
        optimizer: keras.optimizers.Optimizer,
        gradient: tf.Tensor,
        terms: Mapping[str, tf.Tensor],
        last: tf.Tensor,
    ) -> tf.Tensor:
        """Count the terms, and let the optimiser take a step if it is time for one."""
        self.train_sums.add(terms, tf.constant(1.0))
        if not self.rule.accumulate:
            return self._apply(optimizer, gradient)
        self._accumulated.add(gradient)

        def apply() -> tf.Tensor:
            return self._apply(optimizer, self.weights.clipped(self._accumulated.take(), self.rule.clipping))

        return tf.cond(last, apply, lambda: tf.constant(True))

    def _apply(self, optimizer: keras.optimizers.Optimizer, gradient: tf.Tensor) -> tf.Tensor:
        self.weights.apply(optimizer, gradient)
        if self.rule.average is not None and self._averaging:
            self._averaging.update(self.rule.average)
        return tf.constant(True)

    def _undo(self, step: tf.Tensor, changed: Sequence[keras.Variable], before: Sequence[tf.Tensor]) -> tf.Tensor:
        for variable, value in zip(changed, before, strict=True):
            variable.assign(value)
        self.bad_step.assign(tf.where(self.bad_step < 0, step, self.bad_step))
        return tf.constant(False)


def term_names(compiled: Compiled) -> list[str]:
    """Return "node.term" for every scalar of every loss."""
    return [f"{node}.{term}" for node, terms in compiled.losses.items() for term in terms]
