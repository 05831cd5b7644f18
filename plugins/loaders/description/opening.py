"""Opens the tables of many files, a bounded number at a time, each for one thread at a time."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from registry.plugins.loaders.description.build import Builder

MOST_OPEN = 16
"""Tables that stay open while nobody reads them: a process may have some hundred open files."""


class OpenTables:
    """Builders of files by number; `open_`: opens the tables of a file.

    Libraries of formats do not say that a file may be read by two threads at once: each thread has a table of its own.
    """

    def __init__(self, open_: Callable[[int], Builder]) -> None:
        self._open, self._lock = open_, threading.Lock()
        self._idle: OrderedDict[int, list[Builder]] = OrderedDict()

    @contextmanager
    def of(self, file: int) -> Iterator[Builder]:
        """Give the builder of a file, which no other thread has; raises DataError if it cannot be opened."""
        with self._lock:
            waiting = self._idle.get(file)
            builder = waiting.pop() if waiting else None
        if builder is None:
            builder = self._open(file)
        try:
            yield builder
        finally:
            self.put_back(file, builder)

    def put_back(self, file: int, builder: Builder) -> None:
        """Keep an open builder for the next one who asks for its file."""
        with self._lock:
            self._idle.setdefault(file, []).append(builder)
            self._idle.move_to_end(file)
            while sum(map(len, self._idle.values())) > MOST_OPEN:
                oldest = next(iter(self._idle))
                closed = self._idle[oldest].pop(0) if self._idle[oldest] else None
                if not self._idle[oldest]:
                    del self._idle[oldest]
                if closed is not None:
                    closed.close()

    def close(self) -> None:
        """Close the tables that nobody reads."""
        with self._lock:
            for builders in self._idle.values():
                for builder in builders:
                    builder.close()
            self._idle.clear()
