"""A training run as an object: what it is called, how it ended, its metrics, its trained model."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, overload

from registry.comparing.seeds import report, with_seed
from registry.console.files import write_file
from registry.contract.errors import InputError, Problem, Problems, RunError
from registry.interface.arguments import Settings, settings
from registry.interface.graph import Graph, load
from registry.interface.models import apply, load_model
from registry.loading.kept import KEPT
from registry.tracking.runs import MODEL_FILE, RUN
from registry.training.several import Plan, seeds_of, train_several
from registry.training.starting import start
from registry.wiring.arguments import graph_parser
from registry.wiring.opening import require_trainable

if TYPE_CHECKING:
    import keras
    import pandas

    from registry.configuration.options import Options
    from registry.contract.data import Columns
    from registry.contract.run_store import RunStore, Status
    from registry.inference.opening import TrainedModel
    from registry.inference.predicting import Network
    from registry.inference.predictions import Predictions
    from registry.training.outcome import Outcome
    from registry.wiring.checked_graph import CheckedGraph


@dataclass(frozen=True)
class Run:
    """A run that has ended.

    `id` names it in the tracker ("run:ID" is its address), `name` is for people, `folder` holds its files on this
    machine. `status`: FINISHED, or KILLED if Ctrl-C or a signal ended it; what it had learnt until then is kept.
    `undelivered`: the command that brings to the tracker what it could not take, empty if it has all.
    """

    id: str
    name: str
    folder: Path
    status: Status
    store: RunStore
    plugins: Sequence[str] = ()
    undelivered: str = ""

    @property
    def metrics(self) -> pandas.DataFrame:
        """Every recorded metric: one column each, one row for each training step at which something was recorded.

        Raises RunError if the tracker cannot be read.
        """
        import pandas

        history = self.store.metrics(self.id)
        columns = {name: {point.step: point.value for point in points} for name, points in history.items()}
        return pandas.DataFrame(columns, columns=sorted(columns)).sort_index().rename_axis("step")

    def text(self, path: str) -> str:
        """Return a text that the run has kept, such as "environment/packages.txt"; raises RunError for none."""
        with TemporaryDirectory() as folder:
            return self.store.download(self.id, path, Path(folder)).read_text(encoding="utf-8")

    def model(self) -> keras.Model:
        """Return the trained model, which maps columns of hits to the graph's `outputs`.

        Raises RunError if the run has left no model: its graph names no `outputs`.
        """
        return load_model(self._model_file(), KEPT)

    def _model_file(self) -> Path:
        path = self.folder / PurePosixPath(MODEL_FILE).name
        if not path.is_file():
            raise RunError(f"the run {self.name} has no model: {path} is not there; does its graph name `outputs`?")
        return path

    def predict(self, events: Columns | str | Path, clusters: bool = False) -> Predictions:
        """Return what the trained model says of events: its outputs as arrays; `hits`, `showers` as DataFrames.

        `events`: columns by port of the loader, each [hits, width], and "row_splits", int32 [events+1], as
        `graph.source().read(...)` returns them, the truth may be left out; or data as the graph's loader reads them, a
        file, or "test", a part of its own. `clusters`: make clusters with the model's read-out. Raises InputError for
        data that do not fit, RunError if the run has left no model.
        """
        return apply(self._trained, lambda: self._network, events, clusters)

    @cached_property
    def _trained(self) -> TrainedModel:
        from registry.inference.opening import trained_model

        return trained_model(self._model_file(), self.name, [*self.plugins, KEPT])

    @cached_property
    def _network(self) -> Network:
        return self._trained.network()

    def evaluate(
        self, data: str | Path = "", part: str = "", set: Settings = (), figures: bool = False
    ) -> pandas.DataFrame:
        """Evaluate the run as `python -m registry.evaluate` does, and return its figures of merit, a row each.

        `data`: other events with truth; `part`: a part of the run's own data, by default "test"; `set`: options laid
        over those of the run, by path ("Evaluation.tune"); `figures`: draw them. Tables are written into the folder
        `evaluation` of the run; the figures of merit are recorded with it. The index is the read-out, the sample, the
        figure; columns: `value`, `low`, `high`, `error` (bootstrap over events), `rows`. Raises InputError for what is
        wrong with options or data.
        """
        from registry.inference.evaluation_files import record, write
        from registry.inference.evaluation_frame import frame
        from registry.inference.evaluation_request import Request
        from registry.inference.evaluation_run import evaluate

        request = Request(f"{RUN}{self.id}", str(data), part, sets=settings(set), plugins=self.plugins)
        result = evaluate(request)
        command = shlex.join(["python", "-m", "registry.evaluate", *request.arguments])
        files = write(result, request, result.folder, command, figures)
        record(result, request, result.folder, files)
        return frame(result.evaluated)

    def eject(self, file: str | Path) -> Path:
        """Write the trained network as one Keras script, its weights in a `.keras` file beside it.

        As `python -m registry.eject` does. Raises InputError for another ending than .py, and for a layer whose code
        cannot be written out; RunError if the run has left no model.
        """
        from registry.ejecting.ejecting import eject_named

        return eject_named(f"{RUN}{self.id}", str(file), (), (), self.plugins)[0].file

    def export(self, out: str | Path, format: str) -> Path:
        """Write the trained network as a file or folder that runs without this package; return its place.

        `format`: "savedmodel", "onnx", "triton", or the exporter of a plugin. It is proved equal to the model first, as
        `python -m registry.export` does. Raises InputError for a network that the format cannot hold, RunError if the
        run has left no model.
        """
        from registry.exporting.exporting import export_named

        return export_named(str(self._model_file()), str(out), format, [*self.plugins, KEPT]).place

    def page(self, file: str | Path) -> Path:
        """Write the page of the run, one file that works offline, as `python -m registry.page` does; return the file.

        Raises InputError if it cannot be written, RunError if the tracker cannot be read.
        """
        from registry.interface.pages import page_of

        write_file(str(file), page_of(f"{RUN}{self.id}", self.plugins)[1])
        return Path(file)

    def __repr__(self) -> str:
        return f"<Run {self.name}: {self.status}, run:{self.id}>"


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
