"""Measures the nodes of the network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from registry.contract.figures import Bars
from registry.contract.monitor import Findings, Moment, MonitorContext

Weights = Mapping[str, Sequence[np.ndarray]]


class Measurements:
    """Looks at the network at every record and at the end; remembers the weights of the look before."""

    moments: tuple[Moment, ...] = ("start", "record", "end")

    def __init__(self, params: Any) -> None:
        self._params = params
        self._before: dict[str, list[np.ndarray]] = {}
        self._step = 0

    def look(self, context: MonitorContext) -> Findings:
        """Return the metrics of every node, and the last ones as bars."""
        network = context.network
        weights = {node: [np.array(item) for item in own] for node, own in network.weights().items()}
        found = {"weight_norm": norms(weights)}
        if self._params.gradients:
            found["gradient_norm"] = norms(network.gradients())
        steps = context.step - self._step
        if self._before and steps > 0:
            found["update_ratio"] = update_ratios(self._before, weights, steps)
        if self._params.units:
            outputs = network.outputs()
            found["dead_units"] = {node: dead_units(outputs[node]) for node in weights if node in outputs}
        if not self._before or steps > 0:
            self._before, self._step = weights, context.step
        metrics = {f"{name}/{node}": value for name, values in found.items() for node, value in values.items()}
        return Findings(metrics, figures={LABELS[name]: bars(name, values) for name, values in found.items() if values})

    def memory(self) -> Mapping[str, np.ndarray]:
        """Return the weights of the look before, as NODE/NUMBER, and its step."""
        weights = {f"{node}/{place}": item for node, own in self._before.items() for place, item in enumerate(own)}
        return {STEP: np.asarray(self._step), **weights}

    def remember(self, memory: Mapping[str, np.ndarray]) -> None:
        """Compare with these weights at the next look."""
        self._step, self._before = int(memory.get(STEP, 0)), {}
        for name, item in memory.items():
            if name != STEP:
                self._before.setdefault(name.rpartition("/")[0], []).append(item)


STEP = "step"

LABELS = {
    "weight_norm": "norm of the weights",
    "gradient_norm": "norm of the gradient",
    "update_ratio": "update per step, over the weights",
    "dead_units": "share of dead units",
}


def bars(name: str, values: Mapping[str, float]) -> Bars:
    """Return a figure of a value for each node."""
    return Bars(list(values), {name: np.array(list(values.values()))}, LABELS[name], logarithmic=name != "dead_units")


def norms(weights: Weights) -> dict[str, float]:
    """Return the Euclidean norm of all numbers of every node together."""
    return {node: _norm(own) for node, own in weights.items()}


def update_ratios(before: Weights, now: Weights, steps: int) -> dict[str, float]:
    """Return of every node the norm of the change of its weights, over their norm before and the number of steps."""
    found = {}
    for node, own in now.items():
        old = before.get(node, ())
        size = _norm(old)
        if size and [item.shape for item in old] == [item.shape for item in own]:
            change = [np.asarray(new, np.float64) - past for new, past in zip(own, old, strict=True)]
            found[node] = _norm(change) / size / steps
    return found


def dead_units(output: np.ndarray) -> float:
    """Return the share of the columns of an output [rows, units] in which all rows hold the same number."""
    values = np.asarray(output).reshape(len(output), -1)
    return float((values == values[:1]).all(axis=0).mean()) if values.size else 0.0


def _norm(arrays: Sequence[np.ndarray]) -> float:
    return float(np.sqrt(sum(np.sum(np.square(item, dtype=np.float64)) for item in arrays)))
