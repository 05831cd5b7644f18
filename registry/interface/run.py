"""A training run as an object: what it is called, how it ended, its metrics, its trained model."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from registry.console.files import write_file
from registry.contract.errors import RunError
from registry.interface.arguments import Settings, settings
from registry.interface.models import apply, load_model
from registry.loading.kept import KEPT
from registry.tracking.runs import MODEL_FILE, RUN

if TYPE_CHECKING:
    import keras
    import pandas

    from registry.contract.data import Columns
    from registry.contract.run_store import RunStore, Status
    from registry.inference.opening import TrainedModel
    from registry.inference.predicting import Network
    from registry.inference.predictions import Predictions


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
