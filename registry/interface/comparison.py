"""Runs compared, as a table that prints as a report: groups best first, tests, what differs, what is set apart."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar, overload

import pandas

from registry.comparing.frame import frame, runs_frame
from registry.comparing.graphs import Graphs
from registry.comparing.picture import union
from registry.comparing.ranking import Ranking, rank
from registry.comparing.selecting import select
from registry.comparing.terminal import text
from registry.console.files import write_file
from registry.contract.errors import InputError, Problem
from registry.contract.tracker import RUN
from registry.drawing.files import draw
from registry.interface.arguments import Paths, listed
from registry.interface.difference import GraphDiff, diff
from registry.interface.graph import Graph
from registry.interface.run import Run
from registry.loading.blocks import load_registry
from registry.sweeping.reading import kept_study
from registry.tracking.runs import Runs

Named = Run | str | Path
"""A run: an object, "run:ID", its name or its folder."""


class Comparison(pandas.DataFrame):  # type: ignore[misc]
    """Groups of runs that differ by their seed only, best first, one row each by the letter of the group.

    Columns: `label` (what the group has for itself), `runs`, `seeds`; the stated metric, with `METRIC.error` (standard
    error of the mean over seeds), `.low` and `.high` (95 % interval, Student's t); `difference` from the group that all
    are tested against, with the same endings; `p` (paired t-test over equal seeds), `p.holm` (corrected for the number
    of groups), `p.signs` (exact permutation of signs); `seconds`, `weights`, `memory` and `inference_memory` (bytes,
    planned for 10,000 hits), `peak_memory` (GB, measured); every other metric with its error; `events.FIGURE` with
    `.low`, `.high`, `.p` (difference over the events of the evaluation, bootstrap); `addresses`. What is unknown is
    nan.

    `ranking` has all that was found; what pandas makes of the table (a column, a selection) is a plain table.
    """

    _metadata: ClassVar[list[str]] = ["ranking"]
    ranking: Ranking

    @property
    def _constructor(self) -> type:
        kind: type = pandas.DataFrame
        return kind

    @property
    def by_run(self) -> pandas.DataFrame:
        """One row for each run by its id: group, seed, status, metrics; `apart` says why a run is in no group."""
        return runs_frame(self.ranking)

    @property
    def text(self) -> str:
        """The report for a terminal."""
        return text(self.ranking)

    def draw(self, file: str | Path, group: str = "") -> None:
        """Draw what differs in the graph between the group that all are tested against and another one.

        `group`: its letter, by default that of the first other one. The ending of the file chooses the form. Raises
        InputError if there is no such group, or its graph cannot be opened.
        """
        found = [item for item in self.ranking.changes if item.graph and group in ("", item.second.letter)]
        if not found or found[0].graph is None:
            raise InputError(
                [Problem(f"there is no other group {group!r} whose graph could be drawn".replace(" ''", ""))]
            )
        scene, marks = union(found[0].graph)
        draw(scene, str(file), marks=marks, note=self.text)

    def to_csv_file(self, file: str | Path) -> None:
        """Write the table as CSV, and `by_run` beside it, FILE.runs.csv; raises InputError if that cannot be done."""
        path = Path(file)
        write_file(str(path), self.to_csv())
        write_file(str(path.with_name(f"{path.stem}.runs{path.suffix}")), self.by_run.to_csv())

    def to_page(self, file: str | Path) -> None:
        """Write a page that works offline; raises InputError if that cannot be done."""
        from registry.comparing.page import page

        write_file(str(file), page(self.ranking))

    def to_figures(self, folder: str | Path) -> list[Path]:
        """Write every figure as PDF and as SVG into a folder, and return the files."""
        from registry.comparing.figures import written

        return written(self.ranking, Path(folder))

    def __repr__(self) -> str:
        return self.text


@overload
def compare(first: Graph, second: Graph | Named, /) -> GraphDiff: ...


@overload
def compare(
    *runs: Named | pandas.DataFrame | Iterable[Named],
    experiment: str = ...,
    study: str = ...,
    storage: str | Path = ...,
    metric: str = ...,
    mode: str = ...,
    against: Named = ...,
    plugins: Paths = ...,
) -> Comparison: ...


def compare(
    *runs: Named | Graph | pandas.DataFrame | Iterable[Named],
    experiment: str = "",
    study: str = "",
    storage: str | Path = "",
    metric: str = "",
    mode: str = "",
    against: Named = "",
    plugins: Paths = (),
) -> Comparison | GraphDiff:
    """Compare runs: one row for each group of runs that differ by their seed only, best first.

    `runs`: runs, their addresses ("run:ID", a name, a folder), lists of them, or a table of `runs`; instead of them
    `experiment` or `study` names many: a study by its name, or by the journal file or the database (URL) that keeps it;
    of several in one `storage` the name says which. `metric` decides (by default `validation/loss`), `mode`, "min" or
    "max", says what is better where its name does not; `against` names the run whose group the others are tested
    against, by default the best one. Runs that have not come to their end, saw other data than the first one (of an
    experiment: than most) or repeat a seed are set apart. Of two graphs, or a graph and a run, what differs is
    returned, as `diff` returns it. Raises InputError for a run that cannot be found, for none that can be compared, and
    for a metric that none has; RunError for a store that cannot be read.
    """
    if any(isinstance(item, Graph) for item in runs):
        if len(runs) != 2:
            raise InputError([Problem(f"compare: expected two graphs, or runs; received {len(runs)} of them mixed")])
        return diff(runs[0], runs[1], plugins=plugins)  # type: ignore[arg-type]
    addresses = [address for item in runs for address in _addresses(item)]
    own = [name for item in runs if isinstance(item, Run) for name in item.plugins]
    modules = [*own, *listed(plugins)]
    known = Runs(load_registry((name, None) for name in modules).trackings.values())
    kept = kept_study(str(study), str(storage))
    found = select(known, addresses, experiment, kept.name, kept.runs)
    with Graphs(modules) as graphs:
        ranking = rank(found, graphs, metric, mode, _address(against), named=bool(addresses))
    made = Comparison(frame(ranking))
    made.ranking = ranking
    return made


def _addresses(given: object) -> list[str]:
    if isinstance(given, pandas.DataFrame):
        return [f"{RUN}{name}" for name in given.index]
    if isinstance(given, (Run, str, Path)):
        return [_address(given)]
    if isinstance(given, Iterable):
        return [address for item in given for address in _addresses(item)]
    raise InputError([Problem(f"compare: expected a run or its address, received {given!r} ({type(given).__name__})")])


def _address(run: Named) -> str:
    return f"{RUN}{run.id}" if isinstance(run, Run) else str(run)
