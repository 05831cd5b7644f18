"""An epoch of graphs/gravnet.yaml on generated showers, and the share of it spent waiting for data"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from benchmarks.case import Case, every
from benchmarks.network import ready

PACKAGES = dict.fromkeys(("read ahead", "read in turn"), "tensorflow")


def cases() -> Iterator[Case]:
    """Yield reading ahead in a thread, as training does, and reading between the steps."""
    yield from every("feeding", PACKAGES, [{"hits": 2_500, "events": 60}])


def _epoch(ahead: bool) -> Callable[..., Callable[[], dict[str, float]]]:
    def prepare(hits: int, events: int) -> Callable[[], dict[str, float]]:
        steps, feed = ready([f"Data.options.showers.train_events={events}"])
        number = iter(range(1_000_000))

        def batches() -> Iterable[Any]:
            chosen = feed.batches("train", hits, 0)
            return feed.stream("train", chosen, 0) if ahead else (feed.read("train", own, 0) for own in chosen)

        def epoch() -> dict[str, float]:
            started = ended = time.perf_counter()
            waited = 0.0
            for batch in batches():
                waited += time.perf_counter() - ended
                steps.train(steps.inputs(batch), next(number))
                ended = time.perf_counter()
            steps.train_sums.take()
            return {"waiting": waited / (time.perf_counter() - started)}

        return epoch

    return prepare


CONTENDERS = {"read ahead": _epoch(True), "read in turn": _epoch(False)}
