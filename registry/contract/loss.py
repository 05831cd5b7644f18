"""Blocks whose results are minimised."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from registry.contract.block import Block, Kind


class Loss(Block):
    """A sink that returns a dict of scalars, "loss" (what is minimised) and its terms, for the record."""

    kind: ClassVar[Kind] = "loss"
    terms: ClassVar[tuple[str, ...]] = ()
    """Names of the scalars beside "loss" in the layer's result."""
    event_offset: ClassVar[float] = 0.0
    """Added to the number of events by which the loss divides its sum over events: so several batches make one mean."""
    mean_over: ClassVar[Literal["events", "hits"]] = "events"
    """What the loss is a mean over, for the same purpose."""

    def perfect(self, columns: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Return inputs for which the loss is 0, to take the place of some of these; None for a loss that has none.

        `columns`: arrays by port, with row splits.
        """
        return None
