"""Several seeds of one graph: the arguments of each run, and what is said at the end of all of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from registry.configuration.options import Options
from registry.contract.errors import InputError, RunError
from registry.contract.tracker import RUN
from registry.loading.blocks import load_registry
from registry.tracking.runs import Runs
from registry.training.several import GO_ON, Trained, settings


def with_seed(arguments: Sequence[str], options: Options, seed: int) -> list[str]:
    """Return the arguments that name a graph, with one seed."""
    return [*arguments, *(word for item in settings(seed, options) for word in ("--set", item))]


def report(done: Sequence[Trained], seeds: Sequence[int], plugins: Iterable[str] = ()) -> str:
    """Return what came of several seeds: the metrics of those that have finished, with their errors, and what is left.

    Metrics that cannot be read again are no reason to lose the rest.
    """
    return "\n".join(_parts(done, seeds, plugins))


def _parts(done: Sequence[Trained], seeds: Sequence[int], plugins: Iterable[str]) -> Iterator[str]:
    finished = [item for item in done if item.finished]
    if finished and not any(item.interrupted for item in done):
        yield _table(finished, plugins)
    for item in done:
        if item.outcome and item.outcome.run_id:
            again = ", trained before" if item.before else ""
            failures = f", {len(item.outcome.failures)} monitors failed" if item.outcome.failures else ""
            yield f"seed {item.seed}: {item.outcome.status} {RUN}{item.outcome.run_id}{again}{failures}"
        else:
            reason = item.failure.partition("\n")[0]
            yield f"seed {item.seed}: not trained: {reason}"
    begun = {item.seed for item in done}
    left = [
        seed for seed in seeds if seed not in begun or not any(item.seed == seed and item.finished for item in done)
    ]
    if left:
        yield f"left: seed{'s' if len(left) > 1 else ''} {', '.join(map(str, left))}; {GO_ON}"
    addresses = " ".join(f"{RUN}{item.outcome.run_id}" for item in finished if item.outcome)
    if finished:
        yield f"python -m registry.compare {addresses}"


def _table(finished: Sequence[Trained], plugins: Iterable[str]) -> str:
    from registry.comparing.graphs import Graphs
    from registry.comparing.ranking import rank
    from registry.comparing.selecting import select
    from registry.comparing.terminal import metrics_text

    addresses, modules = [f"{RUN}{item.outcome.run_id}" for item in finished if item.outcome], list(plugins)
    try:
        runs = Runs(load_registry((name, None) for name in modules).trackings.values())
        with Graphs(modules) as graphs:
            return f"\n{metrics_text(rank(select(runs, addresses), graphs))}\n"
    except (InputError, RunError) as error:
        return f"\nwarning: the runs cannot be compared: {error}\n"
