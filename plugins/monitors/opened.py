"""What the declarations of monitors have in common: how they are opened, what they take, how much they look at."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from typing import ClassVar

from registry.contract.block import Port, param
from registry.contract.monitor import Monitor
from registry.contract.monitor_block import MonitorBlock, MonitorParams

BETA = Port("beta", "hits 1", "condensation score, 0 to 1", bounds=(0, 1))
BETA_IF_WIRED = replace(BETA, optional=True)

CLUSTERED = (
    BETA,
    Port("ccoords", "hits n_ccoords", "place in cluster space"),
    Port("distance", "hits 1", "scale of distances in cluster space; 1 if not wired", optional=True, bounds=(0, None)),
    Port("energy_factor", "hits 1", "predicted over reconstructed energy; 1 if not wired", optional=True),
)
"""What condensation makes clusters of, and their energies."""


class OpenedBlock(MonitorBlock):
    """A monitor whose class takes the parameters of the block: `monitor` names it, "module:Class"."""

    monitor: ClassVar[str]

    def open(self, node: str) -> Monitor:
        module, _, name = self.monitor.partition(":")
        opened: Monitor = getattr(import_module(module), name)(self.params)
        return opened


class SampledParams(MonitorParams):
    """How often a monitor looks, and at how much."""

    most_hits: int = param(100_000, "hits of validation events that are looked at, at most; whole batches", ge=1)
