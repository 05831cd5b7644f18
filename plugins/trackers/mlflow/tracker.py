"""Records a run in mlflow."""

from __future__ import annotations

import getpass
import os
import time
import warnings
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from registry.contract.errors import RunError
from registry.contract.run_store import Status
from registry.contract.secrets import without_passwords
from registry.contract.tracker import DRAWING, RUNS_FOLDER, DataInfo, ModelInfo, Recorded, RunInfo, Tracker, Warn
from registry.plugins.trackers.mlflow.client import LOCAL_URI, open_experiment, root_cause, tracking_uri
from registry.plugins.trackers.mlflow.delivery import Delivery
from registry.plugins.trackers.mlflow.journal import Head, Journal, take_over
from registry.plugins.trackers.mlflow.names import NOTE, accepted, changed_parameter, clean_name, note, shorten
from registry.plugins.trackers.mlflow.receiver import MlflowReceiver
from registry.plugins.trackers.mlflow.records import Data, End, Figure, File, Model, Parameter, Record, Tag, Text

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

MAX_TAG = 5000

SPARE = 200
"""Characters of the note that the drawing needs."""

FINGERPRINTS = "fingerprint."
"""Start of the tags that a training puts on its run."""


class MlflowTracker(Tracker):
    """Records one run in an mlflow experiment: `sqlite:///mlruns/mlflow.db`, or where `MLFLOW_TRACKING_URI` says.

    `warn` is told, once for each outage, that records are kept locally because the server fails.
    """

    def __init__(self, experiment: str, warn: Warn = warnings.warn) -> None:
        self.experiment, self._warn = experiment, warn
        self.run_id = ""
        self._client: MlflowClient | None = None
        self._experiment_id = ""
        self._delivery: Delivery | None = None
        self._left = 0
        self._there: Counter[tuple[str, int]] = Counter()

    def connect(self) -> None:
        """Open the store or server; raises RunError within about ten seconds if that fails."""
        self._client, self._experiment_id = open_experiment(self.experiment)

    def start(self, info: RunInfo) -> None:
        """Open the run, and record its parameters, tags and texts; raises RunError if it cannot be opened."""
        if self._client is None:
            self.connect()
        try:
            run = self._run_of_the_environment()
            if run is None:
                run = self.client.create_run(self._experiment_id, tags=_own_tags(info), run_name=info.name)
        except RunError:
            raise
        except Exception as error:
            raise _refused(error) from error
        self.run_id, self._experiment_id = run.info.run_id, run.info.experiment_id
        shown = run.data.tags.get(NOTE, "")
        drawn = [Tag(NOTE, note(shown, self.run_id))] if DRAWING in info.texts else []
        self._deliver(info, [*_tags(info), *drawn, *_parameters(accepted(info.parameters)), *_texts(info)])

    def _run_of_the_environment(self) -> Run | None:
        """Return the run that MLFLOW_RUN_ID names, opened, as `mlflow run` makes one; None if it names none.

        Raises RunError if a training has been recorded in it.
        """
        run_id = os.environ.get("MLFLOW_RUN_ID")
        if not run_id:
            return None
        run = self.client.get_run(run_id)
        if any(name.startswith(FINGERPRINTS) for name in run.data.tags):
            raise RunError(
                f"MLFLOW_RUN_ID={run_id} names a run that has recorded a training\n"
                f"  unset it for a run of its own, or go on with that one: --resume run:{run_id}"
            )
        self.client.update_run(run_id, status="RUNNING", name=os.environ.get("MLFLOW_RUN_NAME") or None)
        return run

    def resume(self, run_id: str, info: RunInfo, history: Sequence[Recorded]) -> None:
        """Open a run again; what it has recorded after `history` stays, and is not recorded a second time."""
        if self._client is None:
            self.connect()
        try:
            run = self.client.get_run(run_id)
            there = {name: self.client.get_metric_history(run_id, name) for name in run.data.metrics}
            self.client.update_run(run_id, status="RUNNING")
        except Exception as error:
            raise _refused(error) from error
        self.run_id, self._experiment_id = run_id, run.info.experiment_id
        # mlflow changes no parameter: another value becomes a tag. The command that began the run stays its source.
        before, parameters = run.data.params, accepted(info.parameters)
        new = {name: value for name, value in parameters.items() if name not in before}
        changed = [
            Tag(changed_parameter(name), shorten(value, MAX_TAG))
            for name, value in parameters.items()
            if before.get(name, value) != value
        ]
        self._deliver(info, [*_tags(info), *changed, *_parameters(new), *_texts(info), *take_over(run_id)])
        self._complete(history, Counter((name, item.step) for name, items in there.items() for item in items))

    def _complete(self, history: Sequence[Recorded], there: Counter[tuple[str, int]]) -> None:
        """Record what of a history is missing; note what is there in addition, which will be recorded again."""
        for item in history:
            values = {clean_name(name): value for name, value in item.metrics.items()}
            missing = {name: value for name, value in values.items() if not there[name, item.step]}
            there.subtract((name, item.step) for name in values.keys() - missing.keys())
            if missing:
                self.delivery.values(missing, item.step, item.time)
        self._there = +there

    def _deliver(self, info: RunInfo, records: Sequence[Record]) -> None:
        """Begin to deliver, these records first."""
        folder = info.folder or RUNS_FOLDER / "local" / self.run_id
        head = Head("mlflow", self.run_id, info.name, without_passwords(tracking_uri()))
        self._delivery = Delivery(MlflowReceiver(self.client, self.run_id), Journal(folder, head), self._warn)
        self._delivery.start(records)

    @property
    def client(self) -> MlflowClient:
        """The mlflow client; `connect` makes it."""
        if self._client is None:
            raise RuntimeError("connect() comes first")
        return self._client

    def metrics(self, metrics: Mapping[str, float], step: int) -> None:
        """Record values at a step; they are sent together about once a second."""
        values = {clean_name(name): value for name, value in metrics.items()}
        if self._there:
            known = {name for name in values if self._there[name, step] > 0}
            self._there.subtract((name, step) for name in known)
            values = {name: value for name, value in values.items() if name not in known}
        self.delivery.values(values, step)

    def artifact(self, path: Path, folder: str) -> None:
        """Record a file under a folder of the run; it must stay as it is until the run has finished."""
        self.delivery.add([File(str(path), folder)])

    def text(self, text: str, path: str) -> None:
        """Record a text as a file of the run."""
        self.delivery.add([Text(text, path)])

    def tag(self, name: str, value: str) -> None:
        """Record a tag of the run."""
        self.delivery.add([Tag(clean_name(name), shorten(value, MAX_TAG))])

    def data(self, info: DataInfo) -> None:
        """Record events as an input of the run."""
        self.delivery.add([Data(**asdict(info))])

    def model(self, info: ModelInfo, folder: str) -> None:
        """Record the model's file, and the model as an output of the run that `mlflow.pyfunc.load_model` loads."""
        self.artifact(info.file, folder)
        self.delivery.add([Model(**{**asdict(info), "file": str(info.file)})])

    def figures(self, metrics: Mapping[str, float], step: int, context: str = "") -> None:
        """Link metrics to the model that is recorded, and to the run's data of this context."""
        now = int(time.time() * 1000)
        self.delivery.add(Figure(clean_name(name), float(value), step, now, context) for name, value in metrics.items())

    def finish(self, status: Status) -> None:
        """Deliver what waits, and close the run; a server that fails is warned of, never an error."""
        if self._delivery is None:
            return
        self._delivery.add([End(status, int(time.time() * 1000))])
        self._left = self._delivery.close()

    def undelivered(self) -> str:
        """Return how to deliver what is left; empty if nothing is."""
        return f"python -m registry.deliver {self.delivery.journal.folder}" if self._left else ""

    @property
    def delivery(self) -> Delivery:
        """What sends the records; `start` makes it."""
        if self._delivery is None:
            raise RuntimeError("start() comes first")
        return self._delivery

    def where(self) -> str:
        """Return how to look at the run; empty if none was opened."""
        if not self.run_id:
            return ""
        uri = tracking_uri()
        if uri.startswith(("http://", "https://")):
            return f"{without_passwords(uri)}/#/experiments/{self._experiment_id}/runs/{self.run_id}"
        if uri == LOCAL_URI:
            return f"run {self.run_id}   (python -m registry.serve)"
        return f"run {self.run_id}   (mlflow server --backend-store-uri {without_passwords(uri)})"


def _refused(error: Exception) -> RunError:
    return RunError(f"mlflow ({without_passwords(tracking_uri())}) does not take the run: {root_cause(error)}")


def _own_tags(info: RunInfo) -> dict[str, str]:
    """Return what mlflow itself knows of a run: who, with which command, from which commit."""
    tags = {"mlflow.user": _user(), "mlflow.source.type": "LOCAL", "mlflow.source.name": info.command[:MAX_TAG]}
    if "git.commit" in info.tags:
        tags["mlflow.source.git.commit"] = info.tags["git.commit"]
    if info.tags.get("parent.tracker") == "mlflow":
        tags["mlflow.parentRunId"] = info.tags["parent.run"]
    if info.tags.get("sweep.tracker") == "mlflow":
        tags["mlflow.parentRunId"] = info.tags["sweep.run"]
    if info.description:
        tags[NOTE] = shorten(info.description, MAX_TAG - SPARE)
    return tags


def _tags(info: RunInfo) -> list[Tag]:
    return [Tag(clean_name(name), shorten(str(value), MAX_TAG)) for name, value in info.tags.items() if value != ""]


def _parameters(accepted_ones: Mapping[str, str]) -> list[Parameter]:
    return [Parameter(name, value) for name, value in accepted_ones.items()]


def _texts(info: RunInfo) -> list[Text]:
    return [Text(text, path) for path, text in info.texts.items()]


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"
