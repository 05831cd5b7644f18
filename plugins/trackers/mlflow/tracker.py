"""Records a run in mlflow."""

from __future__ import annotations

import getpass
import warnings
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from registry.contract.errors import RunError
from registry.contract.tracker import RUNS_FOLDER, Recorded, RunInfo, Status, Tracker, Warn
from registry.plugins.trackers.mlflow.client import open_experiment, root_cause, tracking_uri, without_password
from registry.plugins.trackers.mlflow.delivery import Delivery, Job, Rejected, Value
from registry.plugins.trackers.mlflow.names import accepted, changed_parameter, chunks, clean_name, shorten

if TYPE_CHECKING:
    from mlflow import MlflowClient

PARAMETERS_A_REQUEST = 100
MAX_TAG = 5000


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
        self._there: Counter[tuple[str, int]] = Counter()

    def connect(self) -> None:
        """Open the store or server; raises RunError within about ten seconds if that fails."""
        self._client, self._experiment_id = open_experiment(self.experiment)

    def start(self, info: RunInfo) -> None:
        """Open the run with its parameters, tags and texts; raises RunError if that fails."""
        if self._client is None:
            self.connect()
        try:
            self._open(info)
        except Exception as error:
            if self.run_id:
                with suppress(Exception):
                    self.client.set_terminated(self.run_id, "FAILED")
            raise _refused(error) from error
        self._deliver()

    def resume(self, run_id: str, info: RunInfo, history: Sequence[Recorded]) -> None:
        """Open a run again; what it has recorded after `history` stays, and is not recorded a second time."""
        if self._client is None:
            self.connect()
        try:
            run = self.client.get_run(run_id)
            there = {name: self.client.get_metric_history(run_id, name) for name in run.data.metrics}
            self.client.update_run(run_id, status="RUNNING")
            self.run_id, self._experiment_id = run_id, run.info.experiment_id
            self._describe_again(info, run.data.params)
        except Exception as error:
            raise _refused(error) from error
        self._deliver()
        self._complete(history, Counter((name, item.step) for name, items in there.items() for item in items))

    def _describe_again(self, info: RunInfo, before: Mapping[str, str]) -> None:
        """Record what the run consists of now; mlflow changes no parameter, so that another value becomes a tag."""
        parameters = accepted(info.parameters)
        self._parameters({name: value for name, value in parameters.items() if name not in before})
        changed = {name: value for name, value in parameters.items() if before.get(name, value) != value}
        tags = self._tags(info) | {changed_parameter(name): value for name, value in changed.items()}
        for name, value in tags.items():
            # The command that began the run stays its source; tags say how it went on.
            if not name.startswith("mlflow."):
                self.client.set_tag(self.run_id, name, value)
        self._texts(info)

    def _complete(self, history: Sequence[Recorded], there: Counter[tuple[str, int]]) -> None:
        """Record what of a history is missing; note what is there in addition, which will be recorded again."""
        for item in history:
            values = {clean_name(name): value for name, value in item.metrics.items()}
            missing = {name: value for name, value in values.items() if not there[name, item.step]}
            there.subtract((name, item.step) for name in values.keys() - missing.keys())
            if missing:
                self.delivery.values(missing, item.step, item.time)
        self._there = +there

    def _deliver(self) -> None:
        copy = RUNS_FOLDER / "local" / f"undelivered-{self.run_id}.jsonl"
        self._delivery = Delivery(self._send, copy, self._warn)

    def _open(self, info: RunInfo) -> None:
        run = self.client.create_run(self._experiment_id, tags=self._tags(info), run_name=info.name)
        self.run_id = run.info.run_id
        self._parameters(accepted(info.parameters))
        self._texts(info)

    def _tags(self, info: RunInfo) -> dict[str, str]:
        tags = {clean_name(name): shorten(str(value), MAX_TAG) for name, value in info.tags.items() if value != ""}
        tags |= {"mlflow.user": _user(), "mlflow.source.type": "LOCAL", "mlflow.source.name": info.command[:MAX_TAG]}
        if "git.commit" in info.tags:
            tags["mlflow.source.git.commit"] = info.tags["git.commit"]
        if info.description:
            tags["mlflow.note.content"] = shorten(info.description, MAX_TAG)
        return tags

    def _parameters(self, parameters: Mapping[str, str]) -> None:
        from mlflow.entities import Param

        for chunk in chunks([Param(name, value) for name, value in parameters.items()], PARAMETERS_A_REQUEST):
            self.client.log_batch(self.run_id, params=chunk)

    def _texts(self, info: RunInfo) -> None:
        for path, text in info.texts.items():
            self.client.log_text(self.run_id, text, path)

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
        call = _refusable(lambda: self.client.log_artifact(self.run_id, str(path), folder or None))
        self.delivery.job(Job(call, {"artifact": str(path), "folder": folder}))

    def text(self, text: str, path: str) -> None:
        """Record a text as a file of the run."""
        call = _refusable(lambda: self.client.log_text(self.run_id, text, path))
        self.delivery.job(Job(call, {"text": text, "path": path}))

    def finish(self, status: Status) -> None:
        """Deliver what waits, and close the run; a server that fails is warned of, never an error."""
        if self._delivery is None:
            return
        self._delivery.close()
        try:
            self.client.set_terminated(self.run_id, status)
        except Exception as error:
            self._warn(f"mlflow does not know that run {self.run_id} is {status}: {root_cause(error)}")

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
            return f"{without_password(uri)}/#/experiments/{self._experiment_id}/runs/{self.run_id}"
        return f"run {self.run_id}   (mlflow server --backend-store-uri {without_password(uri)})"

    def _send(self, values: list[Value]) -> None:
        from mlflow.entities import Metric

        metrics = [Metric(item.name, item.value, item.timestamp, item.step) for item in values]
        _refusable(lambda: self.client.log_batch(self.run_id, metrics=metrics))()


def _refused(error: Exception) -> RunError:
    return RunError(f"mlflow ({without_password(tracking_uri())}) does not take the run: {root_cause(error)}")


def _refusable(call: Callable[[], object]) -> Callable[[], None]:
    """Turn what will fail in the same way again (a value mlflow refuses, a file that is gone) into Rejected."""

    def called() -> None:
        from mlflow.exceptions import MlflowException

        try:
            call()
        except FileNotFoundError as error:
            raise Rejected(str(error)) from error
        except MlflowException as error:
            if error.error_code in ("INVALID_PARAMETER_VALUE", "BAD_REQUEST"):
                raise Rejected(str(error)) from error
            raise

    return called


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"
