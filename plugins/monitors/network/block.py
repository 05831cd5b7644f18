"""Declares the monitor of weights, gradients and units."""

from __future__ import annotations

from typing import ClassVar

from registry.contract.block import param
from registry.contract.monitor_block import MonitorParams
from registry.plugins.monitors.opened import OpenedBlock


class NetworkMonitor(OpenedBlock):
    """Measures every node of the network: norms of its weights and of their gradient, update ratio, dead units.

    Metrics by node: `weight_norm/NODE`, `gradient_norm/NODE`: Euclidean norms over all trained weights of the node, the
    gradient being that of the loss on the event that monitors look at; `update_ratio/NODE`: norm of the change since
    the look before, over the norm of the weights then and over the steps between, about 1e-3 where learning goes well;
    `dead_units/NODE`: share of the columns of the node's output that are the same number for every hit of that event,
    of nodes with trained weights. It needs no inputs. Nothing of the network changes.
    """

    name: ClassVar[str] = "network"
    monitor: ClassVar[str] = "registry.plugins.monitors.network.monitor:Measurements"
    metrics: ClassVar[tuple[str, ...] | None] = ("weight_norm/*", "gradient_norm/*", "update_ratio/*", "dead_units/*")
    rare: ClassVar[tuple[str, ...]] = ("dead_units/*",)

    class Params(MonitorParams):
        """How often, and what is measured."""

        gradients: bool = param(True, "measure gradients: one pass back and forth on one event")
        units: bool = param(True, "count dead units: one pass on one event")


BLOCKS = (NetworkMonitor,)
