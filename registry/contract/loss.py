"""Blocks whose results are minimised."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Literal

from registry.contract.block import Block, Kind

NOT_NAMED = "it names no input for which it is 0 (`perfect`)"
"""What is said of a loss that does not say which input is perfect."""


class Loss(Block):
    """A sink that returns a dict of scalars, "loss" (what is minimised) and its terms, for the record."""

    kind: ClassVar[Kind] = "loss"
    terms: ClassVar[tuple[str, ...]] = ()
    """Names of the scalars beside "loss" in the layer's result."""
    event_offset: ClassVar[float] = 0.0
    """Added to the number of events by which the loss divides its sum over events: so several batches make one mean."""
    mean_over: ClassVar[Literal["events", "hits"]] = "events"
    """What the loss is a mean over, for the same purpose."""

    def idle_inputs(self) -> Iterable[str]:
        """Return the inputs that do not move the loss with these parameters: those of terms that weigh 0."""
        return ()

    def on_data(self, columns: Mapping[str, Any]) -> Mapping[str, str]:
        """Return by parameter what it amounts to on these events, in words: `registry.data` says so.

        `columns`: arrays by port, with row splits, of those inputs that are columns of the loader.
        """
        return {}

    def perfect(self, columns: Mapping[str, Any]) -> Mapping[str, Any] | str:
        """Return inputs for which the loss is as small as it can be (`least`), to take the place of some of these.

        `columns`: arrays by port, with row splits. A loss of which there are none returns why.
        """
        return NOT_NAMED

    def least(self) -> float:
        """Return the loss of perfect input with these parameters: 0 unless the formula has an offset."""
        return 0.0
