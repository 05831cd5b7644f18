"""Changes layers at the start of a stage."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from registry.configuration.options import Stage
from registry.wiring.checked_graph import CheckedGraph
from registry.wiring.selectors import trained
from registry.wiring.stages import settings

if TYPE_CHECKING:
    import keras


def apply_changes(stage: Stage, checked: CheckedGraph, layers: Mapping[str, keras.layers.Layer]) -> None:
    """Set, freeze and unfreeze what a stage says; `layers` are the Keras layers by node.

    Selectors may also match nodes without a layer (the loader, monitors): there is nothing to change in them.
    """
    for setting in settings(stage, checked):
        if setting.node in layers:
            layers[setting.node].schedule(setting.name, setting.value)
    for node, trainable in trained(stage, checked).values.items():
        if node in layers:
            layers[node].trainable = trainable
