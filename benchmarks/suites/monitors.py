"""Seconds of an epoch of the README's training, with the monitors of graphs/gravnet.yaml and without"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from typing import Any

from benchmarks.case import Case, every
from benchmarks.network import GRAPH
from benchmarks.target import Target, ratio, value

MONITORS = ("*.gravnet_space", "*.purity", "cluster_space", "betas", "distances", "clusters")
PACKAGES = {"with monitors": "tensorflow", "without": "tensorflow"}


def cases() -> Iterator[Case]:
    """Yield the training with its monitors and without; its events are those of the README."""
    yield from every("monitors", PACKAGES, [{"events": 350}])


def _trained(sets: dict[str, Any]) -> Callable[..., Callable[[], dict[str, float]]]:
    """Train once, and return the mean time of an epoch but the first, in which steps are compiled."""

    def prepare(events: int) -> Callable[[], dict[str, float]]:
        import registry
        from registry.training.looking import Looks

        spent = 0.0
        look = Looks.look

        def timed(self: Looks, moment: Any) -> None:
            nonlocal spent
            started = time.perf_counter()
            look(self, moment)
            spent += (time.perf_counter() - started) * (moment in ("record", "epoch"))

        Looks.look = timed  # type: ignore[method-assign]
        quiet = {"General.tracker": "folder", "Plotting.page": False, "Evaluation.tune": False}
        data = {"Data.options.showers.train_events": events}
        os.chdir(tempfile.mkdtemp())
        graph = registry.load(GRAPH, set={**quiet, **data, **sets})
        run = registry.train(graph)
        if run.status != "FINISHED":
            raise RuntimeError(f"the training is {run.status}")
        seconds = run.metrics["epoch/seconds"].dropna()
        found = {"seconds": float(seconds.iloc[1:].mean()), "monitors": spent / float(seconds.sum())}
        return lambda: found

    return prepare


CONTENDERS = {"with monitors": _trained({}), "without": _trained({"General.without": list(MONITORS)})}

TARGETS = (
    Target(
        "share of the README's training that its monitors take, start and end aside: 3 % at most",
        value("monitors", "with monitors", "monitors", 100),
        3,
        unit=" %",
    ),
    Target(
        "an epoch of it, with its monitors beside without: 1.03 x at most",
        ratio("monitors", "with monitors", "without"),
        1.03,
    ),
)
