"""Declares the layer `example_gain` and the monitor `example_mean`; no TensorFlow is imported for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from registry import Block, BlockParams, Findings, MonitorBlock, MonitorContext, Port, Weights, hookimpl, param
from registry.contract.monitor import Moment
from registry.contract.monitor_block import MonitorParams

requires_contract = 1


class Gain(Block):
    """Multiplies every feature by a learned number.

    Formula: `y_f = g_f x_f`. Shapes: x and y [hits, features]. Weights: g [features], at first `start`.
    """

    name = "example_gain"
    kind = "layer"
    layer = "registry_example_plugin.layer:Gain"
    inputs = (Port("x", "hits features", "what to multiply"),)
    outputs = (Port("y", "hits features", "the products"),)

    class Params(BlockParams):
        """What the numbers are at first."""

        start: float = param(1.0, "value of every number before training", gt=0)

    def weights(self, inputs: Mapping[str, Any], outputs: Mapping[str, Any]) -> Weights:
        """Return one trained number for each feature."""
        return Weights(inputs["x"].features)


class Mean(MonitorBlock):
    """Records the mean of its input over the hits of validation events, after each epoch: `NODE/mean`."""

    name = "example_mean"
    inputs = (Port("x", "hits features", "what to look at"),)

    class Params(MonitorParams):
        """How often it looks."""

    def open(self, node: str) -> OpenedMean:
        """Return what looks, as node `node`."""
        return OpenedMean()


class OpenedMean:
    """Takes the mean over all validation batches."""

    moments: tuple[Moment, ...] = ("epoch",)

    def look(self, context: MonitorContext) -> Findings:
        """Return the mean; nothing without validation events."""
        total, values = 0.0, 0
        for seen in context.observe("validation"):
            total += float(seen.values["x"].sum())
            values += int(seen.values["x"].size)
        return Findings(metrics={"mean": total / values} if values else {})


@hookimpl
def register_blocks() -> list[type[Block]]:
    """Return the blocks of this plugin."""
    return [Gain, Mean]
