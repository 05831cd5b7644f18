"""The training step of graphs/gravnet.yaml, as `registry.train` makes it, for suites that time it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from registry.compiling.model import Compiled
    from registry.training.feeding import Batch, Feed
    from registry.training.step import Steps

GRAPH = Path(__file__).resolve().parents[1] / "graphs" / "gravnet.yaml"
HITS_AN_EVENT = 700
"""Fewer than the generator makes on average: so many events are generated that there are hits enough."""


def compiled_with(sets: list[str]) -> tuple[Compiled, Feed]:
    """Return the graph with some options set, compiled, and its data."""
    from registry.training.allocator import keep_freed_memory

    # As `registry.train` does, before TensorFlow is imported.
    keep_freed_memory()
    from registry.compiling.model import compile_graph
    from registry.training.events import open_data
    from registry.training.feeding import Feed
    from registry.wiring.opening import open_graph

    checked = open_graph(str(GRAPH), sets=[*sets, "Data.options.showers.validation_events=1"])
    compiled = compile_graph(checked)
    loader = checked.loader
    return compiled, Feed(open_data(loader, 1), loader.written.path, frozenset(compiled.training_inputs), 1)


def ready(sets: list[str], **rule: Any) -> tuple[Steps, Feed]:
    """Return the traced steps of the graph with some options set, and its data; `rule`: parts of a `StepRule`."""
    from registry.configuration.training_options import OptimizerOptions
    from registry.training.optimizers import make_optimizer
    from registry.training.step import StepRule, Steps

    compiled, feed = compiled_with(sets)
    steps = Steps(compiled)
    steps.retrace(make_optimizer(OptimizerOptions(), 1e-3), StepRule(**rule))
    return steps, feed


def one_batch(
    hits: int, k: int, accumulate: int = 1, recompute: Sequence[str] = (), sets: Sequence[str] = ()
) -> Callable[[], Any]:
    """Return a training step on one batch of about `hits` hits, with `k` neighbours in every iteration.

    `accumulate`: batches that make one step of the optimiser; `recompute`: groups that are computed again; `sets`:
    further options of the graph.
    """
    together = accumulate > 1
    rule = {"recompute": tuple(recompute), "accumulate": together, "weighted": together}
    steps, feed = ready([*options(hits, k), *sets], **rule)
    batch = steps.inputs(batch_of(feed, hits))
    number = iter(range(1_000_000))
    shares = [1 / accumulate] * (len(steps.losses) + 1) if together else None

    def step() -> None:
        done = next(number)
        steps.train(batch, done, shares, (done + 1) % accumulate == 0)
        steps.train_sums.take()

    return step


def at_best(hits: int, k: int) -> Callable[[], dict[str, float]]:
    """Return what measures the seconds that the nodes of that step take at best here, and that they take alone."""
    from registry.training.profile import profile

    compiled, feed = compiled_with(options(hits, k))
    batch = batch_of(feed, hits)

    def floors() -> dict[str, float]:
        nodes = profile(compiled, batch.tensors, repeats=3)
        return {"seconds": sum(node.floor for node in nodes), "alone": sum(node.seconds for node in nodes)}

    return floors


def options(hits: int, k: int) -> list[str]:
    """Return settings with `k` neighbours in every iteration, and with events enough for `hits` hits."""
    iteration = f"{{n: {k}}}"
    events = f"Data.options.showers.train_events={hits // HITS_AN_EVENT + 5}"
    return [f"Architecture.gravnet=[{iteration}, {iteration}, {iteration}]", events]


def batch_of(feed: Feed, hits: int) -> Batch:
    """Return so many of the first events that they have this many hits."""
    enough = int(np.searchsorted(np.cumsum(feed.source.sizes("train")), hits)) + 1
    return feed.read("train", np.arange(enough))
