"""Sends records to a run of mlflow, and tells what it refuses from what fails for now."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from registry.plugins.trackers.mlflow.client import root_cause
from registry.plugins.trackers.mlflow.datasets import dataset_input
from registry.plugins.trackers.mlflow.figures import comparable, log_figures
from registry.plugins.trackers.mlflow.models import log_model
from registry.plugins.trackers.mlflow.records import Data, End, Figure, File, Model, Parameter, Record, Tag, Text, Value

if TYPE_CHECKING:
    from mlflow import MlflowClient

LARGEST: dict[type, int] = {Value: 1000, Figure: 1000, Parameter: 100, Tag: 100}
"""Records of a kind in one request, the most mlflow takes; of all others one."""

NOT_NOW = ("UNAUTHENTICATED", "CUSTOMER_UNAUTHORIZED", "PERMISSION_DENIED", "TEMPORARILY_UNAVAILABLE")
TOO_MANY = ("REQUEST_LIMIT_EXCEEDED", "RESOURCE_EXHAUSTED", "DEADLINE_EXCEEDED")
"""Answers of a server that do not depend on what was sent."""

INVALID = ("INVALID_PARAMETER_VALUE", "BAD_REQUEST")
"""Answers that come before anything is recorded."""

NO_SUCH_RUN = "RESOURCE_DOES_NOT_EXIST"

NO_SUCH_REQUEST = "ENDPOINT_NOT_FOUND"
"""Answer of a server of another version of mlflow, which does not know what it was asked for."""

TOO_OLD = {
    Model: "the server is one of mlflow 2, which has no logged models; the model's file is recorded all the same",
    Data: "the server is older than mlflow 2.4, which has no data sets",
}
"""What such an answer says of a record."""


class Refused(Exception):
    """One of the records sent is at fault: the run itself takes others.

    `partly`: some of them may have arrived; `never`: the server has no place for records of this kind.
    """

    def __init__(self, reason: str, partly: bool = False, never: bool = False) -> None:
        super().__init__(reason)
        self.partly, self.never = partly, never


class RunGone(Exception):
    """The run was deleted: nothing is taken until somebody restores it."""


class Receiver(Protocol):
    """Takes records of one kind, as many at once as `LARGEST` says."""

    def send(self, records: Sequence[Record], again: bool = False) -> None:
        """Record them; `again`: some may have arrived before.

        Raises Refused if one of them is at fault, any other error if nothing can be recorded for now.
        """
        ...


class MlflowReceiver(Receiver):
    """A run of mlflow."""

    def __init__(self, client: MlflowClient, run: str) -> None:
        self._client, self._run = client, run

    def send(self, records: Sequence[Record], again: bool = False) -> None:
        """Record them; `again`: metrics that are there already are left out, all else is the same if done twice."""
        if isinstance(records[0], File | Model) and not Path(records[0].file).is_file():
            raise Refused("there is no such file any more")
        try:
            self._send(records, again)
        except Exception as error:
            if _may_be_of_a_record(error):
                self.require_run()
                if type(records[0]) in TOO_OLD and getattr(error, "error_code", "") == NO_SUCH_REQUEST:
                    raise Refused(TOO_OLD[type(records[0])], never=True) from error
                raise Refused(root_cause(error), getattr(error, "error_code", "") not in INVALID) from error
            raise

    def require_run(self) -> None:
        """Raise RunGone for a run that was deleted, and what mlflow says if it does not answer."""
        from mlflow.exceptions import MlflowException

        try:
            run = self._client.get_run(self._run)
        except MlflowException as error:
            if error.error_code == NO_SUCH_RUN:
                raise RunGone(f"there is no run {self._run} any more") from error
            raise
        if run.info.lifecycle_stage == "deleted":
            raise RunGone(f"the run was deleted in mlflow; `mlflow runs restore --run-id {self._run}` brings it back")

    def _send(self, records: Sequence[Record], again: bool) -> None:
        from mlflow import entities

        client, run, first = self._client, self._run, records[0]
        if isinstance(first, Value):
            values = [item for item in records if isinstance(item, Value)]
            values = self._missing(values) if again else values
            metrics = [entities.Metric(item.metric, item.value, item.timestamp, item.step) for item in values]
            if metrics:
                client.log_batch(run, metrics=metrics)
        elif isinstance(first, Parameter):
            parameters = [item for item in records if isinstance(item, Parameter)]
            client.log_batch(run, params=[entities.Param(item.parameter, item.value) for item in parameters])
        elif isinstance(first, Tag):
            tags = [item for item in records if isinstance(item, Tag)]
            client.log_batch(run, tags=[entities.RunTag(item.tag, item.value) for item in tags])
        elif isinstance(first, Text):
            client.log_text(run, first.text, first.path)
        elif isinstance(first, File):
            client.log_artifact(run, first.file, first.folder or None)
        elif isinstance(first, Data):
            client.log_inputs(run, [dataset_input(first)])
        elif isinstance(first, Model):
            log_model(client, run, first)
        elif isinstance(first, Figure):
            log_figures(client, run, [item for item in records if isinstance(item, Figure)])
        else:
            self._end(first)

    def _end(self, end: End) -> None:
        """Close the run, unless somebody has done so later than this end."""
        info = self._client.get_run(self._run).info
        if not info.end_time or info.end_time <= end.ended:
            self._client.set_terminated(self._run, end.status, end.ended)

    def _missing(self, values: Sequence[Value]) -> list[Value]:
        """Return the values that the run does not have yet: not every store knows them for the same."""
        there = {
            (name, item.step, item.timestamp, comparable(item.value))
            for name in {value.metric for value in values}
            for item in self._client.get_metric_history(self._run, name)
        }
        return [
            item for item in values if (item.metric, item.step, item.timestamp, comparable(item.value)) not in there
        ]


def _may_be_of_a_record(error: Exception) -> bool:
    """Say whether a server has answered that it does not take what was sent; it may take something else."""
    from mlflow.exceptions import MlflowException

    if isinstance(error, MlflowException):
        text = str(error)
        unanswered = "failed with exception" in text and "error responses" not in text
        return not unanswered and error.error_code not in (*NOT_NOW, *TOO_MANY)
    # Files go through `requests`, whose errors carry the answer.
    status = getattr(getattr(error, "response", None), "status_code", None)
    return status is not None and (status in (400, 404, 413, 422) or status >= 500)
