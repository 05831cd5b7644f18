"""What a monitor is shown: arrays as the inputs of one batch, which nobody can write to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from registry.contract.data import Part
from registry.contract.monitor import Moment, Monitor, MonitorContext, NetworkView, Observation
from registry.contract.monitor_block import MonitorBlock
from registry.testing.subject import Subject
from registry.testing.values import Values


def opened(subject: Subject) -> Monitor:
    """Return the monitor, as the node "monitor"."""
    block = subject.fresh()
    assert isinstance(block, MonitorBlock)
    return block.open("monitor")


def context_of(moment: Moment, folder: Path, values: Values, fixed: Values) -> MonitorContext:
    """Return what a monitor sees of one batch, and of a fixed event."""
    for value in (*values.values(), *fixed.values()):
        value.flags.writeable = False

    def batches(part: Part) -> list[Observation]:
        return [Observation(values, part)]

    weights = {"dense": _fixed(np.ones((3, 2))), "output": _fixed(np.full((2, 1), 0.5))}
    network = NetworkView(
        lambda: {node: [value] for node, value in weights.items()},
        lambda: {node: [_fixed(0.1 * value)] for node, value in weights.items()},
        lambda: {"dense": _fixed(np.maximum(np.linspace(-1, 1, 12).reshape(6, 2), 0))},
    )
    return MonitorContext(moment, 3, 1, folder, batches, lambda: Observation(fixed, "validation"), network)


def _fixed(value: Any) -> np.ndarray:
    array = np.asarray(value)
    array.flags.writeable = False
    return array
