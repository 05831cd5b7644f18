"""Declared axes, dtypes and numbers of weights are those of the layer."""

from __future__ import annotations

import math

import numpy as np

from registry.compiling.verify import fits
from registry.contract.axes import TensorType
from registry.testing.broken import Broken
from registry.testing.inputs import HITS
from registry.testing.law import PARTS, law
from registry.testing.subject import Subject

SIZES = [4, 0, 3]


@law("declared types", PARTS, "let the layer return what `outputs` declare, and weights() count what it adds")
def check(subject: Subject) -> None:
    """Call the layer on arrays, and compare what it returns and holds with what the block declares."""
    inputs, run = subject.inputs, subject.running
    result = run(subject.values(SIZES))
    if subject.kind.kind == "loss":
        terms = {"loss", *getattr(subject.block, "terms", ())}
        if set(result) != terms or any(value.shape for value in result.values()):
            raise Broken(f"scalars of the names {sorted(terms)}", {port: value.shape for port, value in result.items()})
    else:
        declared = inputs.outputs
        handed_on = {port for item in inputs.types.values() if isinstance(item, dict) for port in item}
        if not set(declared) - handed_on <= set(result) <= set(declared):
            raise Broken(f"outputs of the names {sorted(declared)}", sorted(result))
        for port, value in result.items():
            _compare(port, declared[port], value)
    weights = subject.block.weights(inputs.types, inputs.outputs)
    held = [weight for weight in run.layer.weights if "seed_generator" not in weight.path]
    found = sum(math.prod(weight.shape) for weight in held)
    if weights.known and found != weights.trainable + weights.frozen:
        raise Broken(f"{weights.trainable + weights.frozen} weights, as the block declares", f"{found} in the layer")
    trained = sum(math.prod(weight.shape) for weight in run.layer.trainable_weights)
    if weights.known and run.layer.trainable and trained != weights.trainable:
        raise Broken(f"{weights.trainable} trainable weights, as the block declares", f"{trained} in the layer")


def _compare(port: str, type_: TensorType, value: np.ndarray) -> None:
    shape, dtype = value.shape, str(value.dtype)
    if not fits(type_, shape) or dtype != type_.dtype:
        raise Broken(f"{type_} as {port!r}", f"{shape} {dtype}")
    if type_.axes and type_.axes[0] == HITS and shape[0] != sum(SIZES):
        raise Broken(f"a row for each of {sum(SIZES)} hits as {port!r}", f"{shape[0]} rows")
