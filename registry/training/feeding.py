"""Feeds batches to the training step: packed by hits, read ahead in a thread, as TensorFlow tensors."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import tensorflow as tf

from registry.contract.data import Columns, Part, Source, shuffled_events
from registry.training.packing import pack

READ_AHEAD = 3
"""Batches that wait for the training step."""


@dataclass(frozen=True)
class Batch:
    """Some whole events: their columns as tensors by "node.port", their numbers, and how many hits they have."""

    tensors: dict[str, tf.Tensor]
    events: np.ndarray
    hits: int


Item = Batch | BaseException | None
"""What the reading thread hands over: a batch, the error that stopped it, or None after the last batch."""


@dataclass
class Feed:
    """Batches of one loader; `waited` sums the seconds the consumer waited for data."""

    source: Source
    node: str
    keys: frozenset[str]
    seed: int
    waited: float = field(default=0.0)

    def batches(self, part: Part, batch_size: int, epoch: int | None = None) -> list[np.ndarray]:
        """Return the events of every batch; training epochs, counted over all stages, are each shuffled differently."""
        return self.packed(part, self.order(part, epoch), batch_size)

    def order(self, part: Part, epoch: int | None = None) -> np.ndarray:
        """Return the events of a part in the order in which an epoch has them."""
        if epoch is None:
            return np.arange(len(self.source.sizes(part)))
        return shuffled_events(self.source, part, np.random.default_rng([self.seed, epoch]))

    def packed(self, part: Part, order: np.ndarray, batch_size: int) -> list[np.ndarray]:
        """Return events in batches, those without a hit left out."""
        sizes = self.source.sizes(part)
        return [batch for batch in pack(sizes, order, batch_size) if sizes[batch].sum() > 0]

    def read(self, part: Part, events: np.ndarray, epoch: int | None = None) -> Batch:
        """Read one batch."""
        columns = self.source.read(part, events, epoch)
        return Batch(self._tensors(columns), events, int(columns["row_splits"][-1]))

    def _tensors(self, columns: Columns) -> dict[str, tf.Tensor]:
        named = {f"{self.node}.{port}": array for port, array in columns.items()}
        return {key: tf.convert_to_tensor(named[key]) for key in self.keys}

    def stream(self, part: Part, batches: Sequence[np.ndarray], epoch: int | None = None) -> Iterator[Batch]:
        """Yield the batches of a part that `batches` made, read ahead by a thread that ends with the iteration."""
        waiting: queue.Queue[Item] = queue.Queue(READ_AHEAD)
        stop = threading.Event()

        def produce() -> None:
            try:
                for events in batches:
                    if not _offer(waiting, self.read(part, events, epoch), stop):
                        return
                _offer(waiting, None, stop)
            except BaseException as error:  # handed over to the consumer, which raises it
                _offer(waiting, error, stop)

        threading.Thread(target=produce, name="feed", daemon=True).start()
        try:
            yield from self._consume(waiting)
        finally:
            stop.set()

    def _consume(self, waiting: queue.Queue[Item]) -> Iterator[Batch]:
        while True:
            started = time.perf_counter()
            item = waiting.get()
            self.waited += time.perf_counter() - started
            if item is None:
                return
            if isinstance(item, BaseException):
                raise item
            yield item


def _offer(waiting: queue.Queue[Item], item: Item, stop: threading.Event) -> bool:
    while not stop.is_set():
        try:
            waiting.put(item, timeout=0.1)
        except queue.Full:
            continue
        return True
    return False
