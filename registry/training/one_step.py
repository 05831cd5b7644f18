"""`python -m registry.training.one_step GRAPH`: trains one step, records nothing, and says what it took."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass

from registry.configuration.options import Options
from registry.console.command import run_command
from registry.contract.errors import Problems
from registry.tracking.addresses import check_from
from registry.training.events import open_data
from registry.training.starting import prepare_tensorflow
from registry.wiring.arguments import graph_parser
from registry.wiring.checked_graph import CheckedGraph
from registry.wiring.learning import check_training

REPEATS, LONGEST = 3, 10.0
"""Calls of which the shortest counts, and seconds after which there is no further one."""


@dataclass(frozen=True)
class Taken:
    """What one step took.

    `start`: seconds until the first step has ended; `step`: of another one, on the largest batch of all stages, of
    `hits` hits, the shortest of some; `validation`: of the same batch without a gradient. `memory`: bytes that the
    process took at most.
    """

    start: float
    step: float
    validation: float
    hits: int
    memory: int


def one_step(checked: CheckedGraph, options: Options) -> Taken:
    """Train one step of a checked graph, and return what it took."""
    started = time.perf_counter()
    source = open_data(checked.loader, options.general.seed, checked.registry)
    prepare_tensorflow(options)
    import tensorflow as tf

    from registry.compiling.model import compile_graph
    from registry.training import memory
    from registry.training.feeding import Feed
    from registry.training.optimizers import make_optimizer
    from registry.training.seeds import seed_everything
    from registry.training.step import StepRule, Steps

    seed_everything(options.general.seed)
    memory.begin()
    compiled = compile_graph(checked)
    feed = Feed(source, checked.loader.written.path, frozenset(compiled.training_inputs), options.general.seed)
    largest = max(options.stages, key=lambda stage: stage.options.batch_size)
    steps = Steps(compiled)
    rule = StepRule(recompute=tuple(largest.options.recompute))
    steps.retrace(make_optimizer(options.optimizer, 1e-3), rule)
    batches = feed.batches("train", largest.options.batch_size, 0)
    sizes = source.sizes("train")
    batch = feed.read("train", max(batches, key=lambda events: int(sizes[events].sum())))
    inputs, number = steps.inputs(batch), tf.constant(len(batch.events), tf.int64)

    def train() -> None:
        steps.train(inputs, 0)
        steps.train_sums.take()

    def validate() -> None:
        steps.validate(inputs, number)
        steps.validation_sums.take()

    train()
    start = time.perf_counter() - started
    step = _shortest(train)
    validate()
    return Taken(start, step, _shortest(validate), batch.hits, int(memory.peak() * 1e9))


def _shortest(action: Callable[[], None]) -> float:
    """Return the seconds of the shortest of some calls: other work on the machine makes single ones longer."""
    found: list[float] = []
    while len(found) < REPEATS and sum(found) < LONGEST:
        started = time.perf_counter()
        action()
        found.append(time.perf_counter() - started)
    return min(found)


def main(arguments: list[str] | None = None) -> int:
    """Print what one step of a graph takes, as JSON."""
    options = graph_parser("registry.training.one_step", "what one training step takes").parse_args(arguments)
    problems = Problems()
    checked = check_from(options, problems)
    settings = problems.require(check_training(checked, problems))
    print(json.dumps(asdict(one_step(checked, settings))))
    return 0


if __name__ == "__main__":
    sys.exit(run_command(main))
