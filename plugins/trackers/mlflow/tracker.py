"""Records a run in mlflow."""

from __future__ import annotations

import getpass
import warnings
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from registry.contract.errors import RunError
from registry.contract.tracker import RUNS_FOLDER, RunInfo, Status, Tracker, Warn
from registry.plugins.trackers.mlflow.client import open_experiment, root_cause, tracking_uri, without_password
from registry.plugins.trackers.mlflow.delivery import Delivery, Job, Rejected, Value
from registry.plugins.trackers.mlflow.names import accepted, chunks, clean_name, shorten

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
            raise RunError(
                f"mlflow ({without_password(tracking_uri())}) does not take the run: {root_cause(error)}"
            ) from error
        copy = RUNS_FOLDER / "local" / f"undelivered-{self.run_id}.jsonl"
        self._delivery = Delivery(self._send, copy, self._warn)

    def _open(self, info: RunInfo) -> None:
        from mlflow.entities import Param

        tags = {clean_name(name): shorten(str(value), MAX_TAG) for name, value in info.tags.items() if value != ""}
        tags |= {"mlflow.user": _user(), "mlflow.source.type": "LOCAL", "mlflow.source.name": info.command[:MAX_TAG]}
        if "git.commit" in info.tags:
            tags["mlflow.source.git.commit"] = info.tags["git.commit"]
        if info.description:
            tags["mlflow.note.content"] = shorten(info.description, MAX_TAG)
        run = self.client.create_run(self._experiment_id, tags=tags, run_name=info.name)
        self.run_id = run.info.run_id
        parameters = [Param(name, value) for name, value in accepted(info.parameters).items()]
        for chunk in chunks(parameters, PARAMETERS_A_REQUEST):
            self.client.log_batch(self.run_id, params=chunk)
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
        self.delivery.values({clean_name(name): value for name, value in metrics.items()}, step)

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
