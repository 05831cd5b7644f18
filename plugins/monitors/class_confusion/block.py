"""Declares the monitor of classes."""

from __future__ import annotations

from typing import ClassVar

from registry.contract.block import MonitorBlock, Port, param
from registry.contract.monitor import Monitor
from registry.plugins.monitors.sampling import SampledParams
from registry.plugins.shared.ports import ROW_SPLITS, TRUTH_INDEX


class ClassConfusion(MonitorBlock):
    """Counts which classes are taken for which, for the hits of objects.

    The predicted class is that of the largest probability. With `beta` wired only the hit of the largest beta of each
    object counts, the one that is read out. Metrics: `accuracy`: share that is right; `recall/CLASS`: share of a true
    class that is right, for classes that occur.
    """

    name: ClassVar[str] = "class_confusion"
    inputs = (
        Port("classes", "hits classes", "probability, or score, of each class", bounds=(0, 1)),
        Port("truth_class", "hits classes", "class of the hit's object, one-hot", bounds=(0, 1), of="object"),
        Port("beta", "hits 1", "condensation score, 0 to 1", optional=True, bounds=(0, 1)),
        TRUTH_INDEX,
        ROW_SPLITS,
    )

    class Params(SampledParams):
        """What classes are called, how often and on how much."""

        names: list[str] = param([], "names of the classes; by default their numbers, from 0")

    def open(self, node: str) -> Monitor:
        from registry.plugins.monitors.class_confusion.monitor import ConfusionMonitor

        return ConfusionMonitor(self.params)


BLOCKS = (ClassConfusion,)
