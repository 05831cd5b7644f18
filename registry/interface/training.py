"""Trains a graph from Python, with one seed or several."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, overload

from registry.comparing.seeds import report, with_seed
from registry.contract.errors import InputError, Problem, Problems
from registry.interface.graph import Graph, load
from registry.interface.run import Run
from registry.training.several import Plan, seeds_of, train_several
from registry.training.starting import start
from registry.wiring.arguments import graph_parser
from registry.wiring.opening import require_trainable

if TYPE_CHECKING:
    from registry.configuration.options import Options
    from registry.training.outcome import Outcome
    from registry.wiring.checked_graph import CheckedGraph


@overload
def train(
    graph: Graph | str | Path,
    resume: str | Path | None = ...,
    profile: bool = ...,
    start_from: str | Path | None = ...,
    *,
    seeds: None = None,
) -> Run: ...


@overload
def train(
    graph: Graph | str | Path,
    resume: None = ...,
    profile: bool = ...,
    start_from: str | Path | None = ...,
    *,
    seeds: int | Sequence[int],
) -> list[Run]: ...


def train(
    graph: Graph | str | Path,
    resume: str | Path | None = None,
    profile: bool = False,
    start_from: str | Path | None = None,
    *,
    seeds: int | Sequence[int] | None = None,
) -> Run | list[Run]:
    """Train a graph as `python -m registry.train` does, show its progress, and return the run.

    `graph`: a graph, or the file of one; `resume`: the run to go on with, "run:ID", its name, its folder or its
    checkpoint; `start_from`: the run whose weights a new run begins with; `profile`: measure every node first. Ctrl-C,
    or the stop button of a notebook, ends the run whole: checkpoint and model are saved, and its status is KILLED.
    `seeds`: a number, or a list, as `General.seeds` has one: one run each, and a list of those that were begun is
    returned; one that fails is said and left out, and the table of metrics with errors over seeds comes at the end.
    Raises InputError for a graph that is wrong or cannot be trained, data or a checkpoint that do not fit; RunError for
    a run that fails.
    """
    graph = graph if isinstance(graph, Graph) else load(graph)
    problems = Problems()
    require_trainable(graph.checked, problems)
    problems.raise_if_any()
    several = seeds if isinstance(seeds, Sequence) else seeds_of(graph.options, seeds)
    if several:
        return _several(graph, several, resume, profile, _named(start_from))
    command = ["python", "-m", "registry.train", *graph.arguments]
    outcome = start(graph.checked, graph.options, command, profile, _named(resume), _named(start_from))
    return _run(graph, outcome)


def _several(
    graph: Graph, seeds: Sequence[int], resume: str | Path | None, profile: bool, start_from: str | None
) -> list[Run]:
    if resume is not None:
        raise InputError([Problem("train: `resume` goes on with one run; received several seeds")])
    arguments, options = graph.arguments, graph.options

    def opened(seed: int) -> tuple[CheckedGraph, Options]:
        given = graph_parser("registry.train", "").parse_args(with_seed(arguments, options, seed))
        one = load(given.graph, given.set, given.config, given.plugin)
        return one.checked, one.options

    def command(seed: int) -> list[str]:
        return ["python", "-m", "registry.train", *with_seed(arguments, options, seed)]

    done = train_several(Plan(seeds, opened, command, profiled=profile, start_from=start_from))
    print(report(done, seeds, graph.plugins))
    return [_run(graph, item.outcome) for item in done if item.outcome]


def _run(graph: Graph, outcome: Outcome) -> Run:
    store = graph.checked.registry.trackings[outcome.tracker].store()
    return Run(
        outcome.run_id,
        outcome.name,
        outcome.folder.absolute(),
        outcome.status,
        store,
        graph.plugins,
        outcome.undelivered,
    )


def _named(run: str | Path | None) -> str | None:
    return None if run is None else str(run)
