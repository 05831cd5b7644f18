"""A sweep from Python: variants of a graph, trained in processes of their own, as a table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from registry.console.command import show_warnings
from registry.contract.errors import Origin, Problems
from registry.interface.arguments import Paths, Settings, listed, settings
from registry.interface.graph import Graph
from registry.interface.runs import runs
from registry.language.value import value_of
from registry.sweeping.axes import Axis, laid_over
from registry.sweeping.axis_texts import written_axes
from registry.sweeping.plan import plan
from registry.sweeping.request import Request, request_in
from registry.sweeping.sweeping import Swept
from registry.sweeping.sweeping import sweep as run_sweep

if TYPE_CHECKING:
    import pandas

    from registry.sweeping.request import Pruner, Sampler


class Sweep:
    """What a study holds after a sweep.

    `study`: its name; `place`: the file or the database that keeps it; `files`: the table (csv) and the page (html)
    that were written.
    """

    def __init__(self, swept: Swept, plugins: Sequence[str]) -> None:
        self._swept, self._plugins = swept, tuple(plugins)
        self.study, self.place, self.files = swept.study, swept.place, list(swept.files)

    @property
    def trials(self) -> pandas.DataFrame:
        """One row for each variant, best first: its options by path, the metric (mean over seeds), its `spread`.

        The index is the number of the trial; further columns: `state` (done, failed, pruned, running, waiting),
        `seconds`, `reason`, `runs` (the identifiers of its runs).
        """
        import pandas

        metric = self._swept.plan.request.metric
        table = [
            {
                **row.assignment,
                metric: row.value,
                "spread": row.spread,
                "state": row.state,
                "seconds": row.seconds,
                "reason": row.reason,
                "runs": [run["run"] for run in row.runs if run["run"]],
            }
            for row in self._swept.rows
        ]
        numbers = pandas.Index([row.number for row in self._swept.rows], name="trial")
        return pandas.DataFrame(table, index=numbers)

    @property
    def best(self) -> dict[str, Any]:
        """The options of the best variant by path; empty if no variant has a value."""
        first = next(iter(self._swept.rows), None)
        return dict(first.assignment) if first is not None and first.state == "done" else {}

    @property
    def runs(self) -> pandas.DataFrame:
        """The runs of the study, as `registry.runs(study=...)` returns them."""
        return runs(study=self.study, plugins=self._plugins)

    def __repr__(self) -> str:
        done = sum(row.state == "done" for row in self._swept.rows)
        return f"<Sweep {self.study}: {done} of {len(self._swept.rows)} variants have a value, best {self.best}>"


def sweep(
    graph: Graph | str | Path,
    over: Mapping[str, Any] | None = None,
    *,
    ablate: Iterable[str] | str = (),
    seeds: int | None = None,
    trials: int | None = None,
    sampler: Sampler | None = None,
    metric: str = "",
    direction: str = "",
    prune: Pruner | None = None,
    study: str = "",
    storage: str | Path = "",
    jobs: int | None = None,
    on: str | None = None,
    retries: int | None = None,
    set: Settings = (),
    config: Paths = (),
    plugins: Paths = (),
) -> Sweep:
    """Train variants of a graph as `python -m registry.sweep` does, and return them as a table, best first.

    `graph`: a graph, its file, or a file that describes a sweep, over which the other arguments count. `over`: options
    by path with their values: a list, or a range as text, "1e-4..1e-2:log". `ablate`: nodes or groups, each of which is
    left out in some variants. `seeds`: trainings of every variant; `trials`: how many variants; `sampler`: "grid",
    "random", "tpe" or "cmaes"; `metric` decides, `direction`, "min" or "max", says what is better; `prune`: "median" or
    "hyperband". `study`, `storage`: its name and where it is kept; `jobs`, `on`, `retries`: how many at once, where,
    and how often one that fails is tried again. Ctrl-C ends the trainings that run; the same call goes on with them.
    Raises InputError for what cannot be trained, before anything starts; RunError if the study is out of reach.
    """
    problems = Problems()
    given = graph.arguments if isinstance(graph, Graph) else [str(graph)]
    request = request_in(given, problems)
    axes: list[Axis] = []
    for path, values in (over or {}).items():
        place = Origin(f"over[{path!r}]")
        plain = values.tolist() if hasattr(values, "tolist") else values
        plain = list(plain) if isinstance(plain, (tuple, range)) else plain
        axes += written_axes({path: value_of(plain, place)}, problems)
    problems.raise_if_any()
    named: dict[str, Any] = {
        "seeds": seeds,
        "trials": trials,
        "sampler": sampler,
        "metric": metric,
        "direction": direction,
    }
    named |= {"prune": prune, "study": study, "storage": str(storage), "jobs": jobs, "on": on, "retries": retries}
    named = {name: value for name, value in named.items() if value not in (None, "")}
    asked: Request = replace(
        request,
        **named,
        configs=[*request.configs, *listed(config)],
        sets=[*request.sets, *settings(set)],
        plugins=[*request.plugins, *listed(plugins)],
        axes=laid_over(request.axes, axes),
        ablations=[*request.ablations, *([ablate] if isinstance(ablate, str) else ablate)],
        command=["registry.sweep", *given],
        places={**request.places, **{name: Origin(f"{name}={value!r}") for name, value in named.items()}},
    )
    made = plan(asked)
    show_warnings(made.base.checked.warnings)
    return Sweep(run_sweep(made, lambda line: print(line, flush=True)), asked.plugins)
