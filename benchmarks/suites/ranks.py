"""Seconds per 10,000 hits of a training by one process, and by two ranks; each process has one thread"""

# A process has threads of Python beside that one, which read the events: "one core" keeps a process with all of them
# on one core, as each of two ranks on two cores has it. 10,000 hits take minutes: --repeats 1 --timeout 900.

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.case import Case, every
from benchmarks.target import Target, ratio

ROOT = Path(__file__).parents[2]
EPOCH = re.compile(r"epoch 2/2 .*?([\d,]+) hits/s")
THREADS = ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "NUMBA_NUM_THREADS", "OMP_NUM_THREADS")
PACKAGES = dict.fromkeys(("one process", "one core", "two ranks"), "tensorflow")


def cases() -> Iterator[Case]:
    """Yield trainings of graphs/gravnet.yaml with so many hits in the batch of each process."""
    yield from every("ranks", PACKAGES, [{"hits": 2_500}, {"hits": 10_000}])


def _one_core() -> None:
    """Keep this process on one core of those that it may use."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


def _trained(ranks: int, begun: Callable[[], None] | None = None) -> Callable[..., Callable[[], dict[str, float]]]:
    def prepare(hits: int) -> Callable[[], dict[str, float]]:
        sets = [
            f"Training=[{{batch_size: {hits}, learning_rate: 0.001, epochs: 2}}]",
            f"Data.options.showers={{train_events: {hits // 40}, validation_events: 1, test_events: 1}}",
            *(
                "General.tracker=folder",
                "Plotting.page=false",
                "Evaluation.tune=false",
                "Plotting.record_frequency=1000",
            ),
        ]
        words = [sys.executable, "-m", "registry.train", str(ROOT / "graphs" / "gravnet.yaml"), "--ranks", str(ranks)]
        words += [word for item in sets for word in ("--set", item)]

        def run() -> dict[str, float]:
            with tempfile.TemporaryDirectory() as folder:
                environment = {**os.environ, **dict.fromkeys(THREADS, "1"), "PYTHONPATH": str(ROOT)}
                done = subprocess.run(
                    words, cwd=folder, env=environment, capture_output=True, text=True, check=False, preexec_fn=begun
                )
            found = EPOCH.search(done.stdout)
            if not found:
                raise RuntimeError(done.stderr.strip() or done.stdout)
            # The second epoch: what is traced and compiled was in the first.
            return {"seconds": 10_000 / float(found[1].replace(",", ""))}

        return run

    return prepare


CONTENDERS = {"one process": _trained(1), "one core": _trained(1, _one_core), "two ranks": _trained(2)}

TARGETS = tuple(
    Target(
        f"two ranks against one process, each with {hits:,} hits a step: 1.7 x",
        ratio("ranks", "one process", "two ranks", hits=hits),
        1.7,
        at_least=True,
    )
    for hits in (2_500, 10_000)
)
