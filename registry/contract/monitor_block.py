"""Blocks that look at values outside the training step."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, ClassVar

from registry.contract.block import Block, Kind
from registry.contract.parameters import BlockParams, param

if TYPE_CHECKING:
    from registry.contract.monitor import Monitor


class MonitorParams(BlockParams):
    """How often a monitor looks."""

    every: int = param(
        1, "of its looks between the first and the last step one in so many is taken; 0 for none of them", ge=0
    )


class MonitorBlock(Block):
    """A sink that looks at the values of its inputs outside the training step: plots, tables, physics metrics.

    Its parameters may inherit from `MonitorParams`: then the engine sees to `every`.
    `after_epochs`: its looks during the training are after epochs; `Plotting.watch` lets it look after some where
    `every` is 0. `metrics`: the names of all that it may find, in which `*` stands for anything; None where that is not
    known. A stage that is ended, or whose best weights are kept, by one of them lets it look after every epoch.
    `rare`: those of them that are zero where nothing is wrong; they are recorded from the first on that is not, zeros
    before it included.
    """

    kind: ClassVar[Kind] = "monitor"
    after_epochs: ClassVar[bool] = False
    metrics: ClassVar[tuple[str, ...] | None] = None
    rare: ClassVar[tuple[str, ...]] = ()

    def open(self, node: str) -> Monitor:
        """Return the monitor that observes a run, as node `node`."""
        raise NotImplementedError(f"monitor {self.name!r} does not define open()")


def finds(block: Block, metric: str) -> bool:
    """Say whether a monitor may find a metric of this name; as long as it does not say, it may."""
    known = block.metrics if isinstance(block, MonitorBlock) else ()
    return known is None or any(fnmatchcase(metric, pattern) for pattern in known)


def rare(node: str, block: Block) -> list[str]:
    """Return patterns of the metrics that a node logs from the first on that is not zero."""
    return [f"{node}/{pattern}" for pattern in block.rare] if isinstance(block, MonitorBlock) else []


def after_epochs(block: Block) -> bool:
    """Say whether a block is a monitor whose looks during the training are after epochs."""
    return isinstance(block, MonitorBlock) and block.after_epochs
