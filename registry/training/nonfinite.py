"""Finds where a number stopped being finite: the first node, in the DAG's order, and the batch."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

import numpy as np
import tensorflow as tf

from registry.compiling.model import Compiled
from registry.compiling.preserving import preserved
from registry.contract.errors import RunError
from registry.training.feeding import Batch, Feed
from registry.wiring.checked_graph import Ref
from registry.wiring.needed import needed_ports

Losses: TypeAlias = "dict[str, dict[str, tf.Tensor]]"
"""The scalars of every loss: {node: {term: scalar}}."""


def explain(compiled: Compiled, batch: Batch, where: str, events: Iterable[str]) -> RunError:
    """Return the error for a step whose loss or gradient was not finite.

    `where` says which step it was; `events` names the batch's events. The batch is run again through a probe of every
    node, first as in inference, then as in training.
    """
    with preserved(compiled.training_model.variables):
        culprit = (
            _first_bad_node(compiled, batch)
            or _first_bad_loss(compiled, _losses(compiled, batch))
            or _bad_gradient(compiled, batch)
        )
    return _error(f"the loss is not finite at {where}; the weights are those before this step", culprit, batch, events)


def explain_validation(compiled: Compiled, feed: Feed, batches: Iterable[np.ndarray], where: str) -> RunError:
    """Return the error for a validation whose loss is not finite: the first batch of it for which it is not."""
    headline = f"the loss is not finite in {where}"
    with preserved(compiled.training_model.variables):
        for batch in feed.stream("validation", list(batches)):
            losses = _losses(compiled, batch, training=False)
            if all(np.isfinite(float(terms["loss"])) for terms in losses.values()):
                continue
            culprit = _first_bad_node(compiled, batch, (False,)) or _first_bad_loss(compiled, losses)
            names = [feed.source.describe("validation", int(event)) for event in batch.events]
            return _error(headline, culprit or "none", batch, names)
    return RunError(f"{headline}: the sum over its batches is not, though the loss of each batch is")


def _error(headline: str, culprit: str, batch: Batch, events: Iterable[str]) -> RunError:
    listing = ", ".join(list(events)[:5])
    more = f" and {len(batch.events) - 5} more" if len(batch.events) > 5 else ""
    lines = [
        headline,
        f"  first node whose output is not finite: {culprit}",
        f"  batch: {batch.hits} hits in {len(batch.events)} events: {listing}{more}",
        "  try a smaller learning rate, or look at these events",
    ]
    return RunError("\n".join(lines))


def _first_bad_node(compiled: Compiled, batch: Batch, modes: Iterable[bool] = (False, True)) -> str | None:
    """Name the first node whose output is not finite, as in inference or as in training (`modes`)."""
    needed = needed_ports(compiled.checked, (), compiled.losses)
    refs = [
        Ref(path, port)
        for path, node in compiled.checked.nodes.items()
        for port in node.types
        if port in needed.get(path, ()) and f"{path}.{port}" not in compiled.inputs
    ]
    for name, tensor in batch.tensors.items():
        if not np.isfinite(np.asarray(tensor, dtype=np.float64)).all():
            return f"{name} (data)"
    probe = compiled.probe(refs)
    for training in modes:
        values = probe({name: batch.tensors[name] for name in probe.input}, training=training)
        for ref in refs:
            if not np.isfinite(np.asarray(values[f"{ref.node}.{ref.port}"], dtype=np.float64)).all():
                block = compiled.checked.nodes[ref.node].written.use
                return f"{ref.node} (block {block!r}, output {ref.port!r})"
    return None


def _first_bad_loss(compiled: Compiled, losses: Losses) -> str | None:
    for node, terms in losses.items():
        for term, value in terms.items():
            if not np.isfinite(float(value)):
                return f"{node} (block {compiled.checked.nodes[node].written.use!r}, term {term!r})"
    return None


def _bad_gradient(compiled: Compiled, batch: Batch) -> str:
    """Name the node with weights that is nearest to the losses of those whose gradient is not finite."""
    with tf.GradientTape() as tape:
        losses = _losses(compiled, batch)
        total = tf.add_n([terms["loss"] for terms in losses.values()])
    weights = {path: layer.trainable_variables for path, layer in compiled.layers.items()}
    gradients = tape.gradient(total, {path: [item.value for item in items] for path, items in weights.items()})
    bad = [
        path
        for path, items in gradients.items()
        if not all(np.isfinite(np.asarray(item)).all() for item in items if item is not None)
    ]
    where = f" of the weights of {bad[-1]!r}, or of what lies between it and the loss" if bad else ""
    return f"none; every output is finite, but not the gradient{where}"


def _losses(compiled: Compiled, batch: Batch, training: bool = True) -> Losses:
    """Return the scalars of every loss for a batch."""
    model = compiled.training_model
    losses: Losses = model({name: batch.tensors[name] for name in model.input}, training=training)
    return losses
