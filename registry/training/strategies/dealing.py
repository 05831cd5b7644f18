"""Which events of a step each rank has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from registry.training.strategies.accumulating import Amount
from registry.training.strategies.strategy import Strategy

if TYPE_CHECKING:
    import keras

    from registry.configuration.options import Stage


@dataclass(frozen=True)
class Part:
    """What one rank does of a step: its events, and which shares they are of the step's events and hits.

    A rank for which there are none computes with another rank's, and counts for nothing.
    """

    events: np.ndarray
    own: Amount
    shares: tuple[float, float]


def deal(events: np.ndarray, sizes: np.ndarray, rank: int, size: int) -> Part:
    """Return what a rank has of the events of a step, so that all have about as many hits.

    `sizes`: hits of every event of the data [events]. The largest event goes first, each to the rank that has the
    fewest hits.
    """
    hits = sizes[events]
    filled = np.zeros(size, np.int64)
    owner = np.zeros(len(events), np.int64)
    # Events without a hit are rank 0's, which has the largest one.
    for index in np.argsort(-hits, kind="stable")[: np.count_nonzero(hits)]:
        owner[index] = int(filled.argmin())
        filled[owner[index]] += hits[index]
    mine = events[owner == rank]
    if not filled[rank]:
        return Part(events[[hits.argmax()]], Amount(0, 0), (0.0, 0.0))
    own, total = Amount.of(mine, sizes), Amount.of(events, sizes)
    return Part(mine, own, (own.events / total.events, own.hits / total.hits))


class Dealing(Strategy):
    """Packs the events of an epoch into steps: as many hits as `batch_size`, times the ranks.

    An epoch that was begun with another number of ranks keeps the steps that were done.
    """

    name = "ranks"

    def start_stage(self, stage: Stage, optimizer: keras.optimizers.Optimizer) -> None:
        """Begin with the ranks that there are."""
        self._packed = [(0, self.run.ranks.size)]
        self._batch_size = stage.options.batch_size

    def steps(self, begun: int) -> list[np.ndarray]:
        """Return the events of every step of the epoch that the run is in, of which `begun` are done."""
        size = self.run.ranks.size
        if not begun:
            self._packed = [(0, size)]
        elif self._packed[-1][1] != size:
            self._packed.append((begun, size))
        feed, epoch = self.run.feed, self.run.epochs_done
        order = feed.order("train", epoch)
        made: list[np.ndarray] = []
        for first, ranks in self._packed:
            made = made[:first]
            done = int(np.flatnonzero(order == made[-1][-1])[0]) + 1 if made else 0
            made += feed.packed("train", order[done:], ranks * self._batch_size)
        return made

    def part(self, events: np.ndarray) -> Part:
        """Return what this rank has of the events of a step."""
        ranks = self.run.ranks
        return deal(events, self.run.feed.source.sizes("train"), ranks.rank, ranks.size)

    def facts(self) -> Mapping[str, Any]:
        """Return from which steps of the epoch on there were how many ranks."""
        return {"packed": self._packed}

    def restore(self, facts: Mapping[str, Any]) -> None:
        """Take back how the steps of the epoch were packed."""
        self._packed = [(int(first), int(ranks)) for first, ranks in facts["packed"]]
