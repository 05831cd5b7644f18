"""Records that wait to be sent: in batches, one bad record never at the cost of the others."""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Callable, Iterable, Sequence

from registry.plugins.trackers.mlflow.receiver import LARGEST, Receiver, Refused
from registry.plugins.trackers.mlflow.records import End, Figure, File, Model, Record, Text, Value

LATE = Text | File | Model | Figure
"""What is sent after all that is small; what describes the model, after the model."""

ENOUGH = 3
"""Values of one metric that are refused before the others of that name are not sent any more."""

NOTHING_TAKEN = 32
"""Records refused one after the other without one that is taken: not they are at fault, but the server."""


class Outbox:
    """Records that wait, in three lanes: what is small, then files, then the end of the run.

    `refused` is called for every record that the receiver does not take; it is kept in `aside`, and not sent again,
    unless the receiver will never take it.
    """

    def __init__(self, receiver: Receiver, refused: Callable[[Record, Refused], None]) -> None:
        self._receiver, self._refused = receiver, refused
        self._lanes: tuple[deque[Record], ...] = (deque(), deque(), deque())
        self._changing = threading.Lock()
        self.aside: list[Record] = []
        self._known: set[int] = set()
        self._refusals: Counter[str] = Counter()
        self._in_a_row = 0

    def add(self, records: Iterable[Record]) -> None:
        """Put records behind those that wait."""
        with self._changing:
            for record in records:
                self._lanes[2 if isinstance(record, End) else isinstance(record, LATE)].append(record)

    def waiting(self) -> list[Record]:
        """Return the records that were not sent yet."""
        with self._changing:
            return [record for lane in self._lanes for record in lane if id(record) not in self._known]

    def __len__(self) -> int:
        return sum(map(len, self._lanes))

    def send(self, again: bool = False) -> None:
        """Send everything that waits; raises what the receiver raises if it takes nothing for now.

        `again`: what is sent first may have arrived before.
        """
        for lane in self._lanes:
            while lane:
                with self._changing:
                    batch = _first_of_a_kind(lane)
                self._in_a_row = 0
                self._send(self._untried(batch), again)
                with self._changing:
                    for _ in batch:
                        lane.popleft()
                again = again and not isinstance(batch[0], Value)

    def _send(self, batch: Sequence[Record], again: bool) -> None:
        """Send a batch; if one of it is refused, halve it until that one is alone."""
        if not batch:
            return
        try:
            self._receiver.send(batch, again)
            self._in_a_row = 0
        except Refused as error:
            if len(batch) == 1:
                self._put_aside(batch[0], error)
                return
            half = len(batch) // 2
            for part in (batch[:half], batch[half:]):
                self._send(self._untried(part), again or error.partly)

    def _put_aside(self, record: Record, error: Refused) -> None:
        if error.never:
            self._refused(record, error)
            return
        self._in_a_row += 1
        self._set_aside([record])
        if isinstance(record, Value):
            self._refusals[record.metric] += 1
        if self._in_a_row >= NOTHING_TAKEN:
            self._take_back(self._in_a_row)
            raise ConnectionError(f"everything is refused: {error}") from error
        self._refused(record, error)

    def _set_aside(self, records: Sequence[Record]) -> None:
        self.aside += records
        self._known |= {id(record) for record in records}

    def _take_back(self, count: int) -> None:
        """Let the records that were put aside last wait again; they are still in their lane."""
        self._known -= {id(record) for record in self.aside[-count:]}
        del self.aside[-count:]
        self._refusals.clear()

    def _untried(self, batch: Sequence[Record]) -> list[Record]:
        """Put values of a metric that is always refused aside, and leave out what is there already."""
        left = [record for record in batch if id(record) not in self._known]
        bad = {name for name, count in self._refusals.items() if count >= ENOUGH}
        hopeless = [record for record in left if isinstance(record, Value) and record.metric in bad]
        self._set_aside(hopeless)
        return [record for record in left if id(record) not in self._known] if hopeless else left


def _first_of_a_kind(lane: deque[Record]) -> list[Record]:
    """Return the first records of a lane that can be sent together."""
    kind = type(lane[0])
    batch: list[Record] = []
    for record in lane:
        if type(record) is not kind or len(batch) == LARGEST.get(kind, 1):
            break
        batch.append(record)
    return batch
