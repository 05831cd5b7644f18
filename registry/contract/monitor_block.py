"""Blocks that look at values outside the training step."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from registry.contract.block import Block, Kind
from registry.contract.parameters import BlockParams, param

if TYPE_CHECKING:
    from registry.contract.monitor import Monitor


EVERY_EPOCHS = "every_epochs"
"""The parameter of a monitor that looks at the validation events after so many epochs; 0 for none.

`Plotting.watch` lets it look after each.
"""


class MonitorParams(BlockParams):
    """How often a monitor looks."""

    every: int = param(1, "of its looks during the training one in so many is taken; the first and last always", ge=1)


class MonitorBlock(Block):
    """A sink that looks at the values of its inputs outside the training step: plots, tables, physics metrics.

    Its parameters may inherit from `MonitorParams`: then the engine sees to `every`.
    """

    kind: ClassVar[Kind] = "monitor"

    def open(self, node: str) -> Monitor:
        """Return the monitor that observes a run, as node `node`."""
        raise NotImplementedError(f"monitor {self.name!r} does not define open()")
