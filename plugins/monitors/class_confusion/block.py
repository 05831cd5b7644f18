"""Declares the monitor of classes."""

from __future__ import annotations

from typing import ClassVar

from registry.contract.block import Port, param
from registry.plugins.monitors.opened import BETA_IF_WIRED, OpenedBlock, SampledParams
from registry.plugins.shared.ports import ROW_SPLITS, TRUTH_INDEX


class ClassConfusion(OpenedBlock):
    """Counts which classes are taken for which, for the hits of objects.

    The predicted class is that of the largest probability. With `beta` wired only the hit of the largest beta of each
    object counts, the one that is read out. Metrics: `accuracy`: share that is right; `recall/CLASS`: share of a true
    class that is right, for classes that occur.
    """

    name: ClassVar[str] = "class_confusion"
    monitor: ClassVar[str] = "registry.plugins.monitors.class_confusion.monitor:ConfusionMonitor"
    metrics: ClassVar[tuple[str, ...] | None] = ("accuracy", "recall/*")
    inputs = (
        Port("classes", "hits classes", "probability, or score, of each class", bounds=(0, 1)),
        Port("truth_class", "hits classes", "class of the hit's object, one-hot", bounds=(0, 1), of="object"),
        BETA_IF_WIRED,
        TRUTH_INDEX,
        ROW_SPLITS,
    )

    class Params(SampledParams):
        """What classes are called, how often and on how much."""

        names: list[str] = param([], "names of the classes; by default their numbers, from 0")


BLOCKS = (ClassConfusion,)
