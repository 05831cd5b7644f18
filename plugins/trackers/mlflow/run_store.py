"""Reads the runs that mlflow keeps."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, cast

from registry.contract.errors import RunError
from registry.contract.run_store import Point, RunRecord, RunStore, RunSummary, Status
from registry.contract.secrets import without_passwords
from registry.plugins.trackers.mlflow.client import (
    LOCAL_DATABASE,
    LOCAL_URI,
    open_client,
    run_error,
    tracking_uri,
)
from registry.plugins.trackers.mlflow.names import CHANGED, NOTE, changed_parameter, clean_name, description_of

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run, RunData
    from mlflow.store.artifact.artifact_repo import ArtifactRepository

PAGE = 1000
"""Runs in one answer."""


class MlflowRuns(RunStore):
    """The runs in `sqlite:///mlruns/mlflow.db`, or where `MLFLOW_TRACKING_URI` says."""

    def __init__(self) -> None:
        self._uri = tracking_uri()
        self._opened: MlflowClient | None = None

    def place(self) -> str:
        """Return the address of the store or server."""
        if self._uri == LOCAL_URI:
            return f"{LOCAL_URI}, unless MLFLOW_TRACKING_URI names another place"
        return f"{without_passwords(self._uri)} (MLFLOW_TRACKING_URI)"

    def present(self) -> bool:
        """Say whether there is a local store, or a server is named."""
        return self._uri != LOCAL_URI or LOCAL_DATABASE.is_file()

    def find(self, name: str) -> list[RunSummary]:
        """Return the run with this identifier, or else those of this name."""
        if not self.present():
            return []
        from mlflow.exceptions import MlflowException

        with self._reading() as client:
            try:
                found = [client.get_run(name)]
            except MlflowException as error:
                if error.error_code not in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
                    raise
                found = self._named(client, name)
            return [_summary(client, run) for run in found]

    def _named(self, client: MlflowClient, name: str) -> list[Run]:
        experiments = [experiment.experiment_id for experiment in client.search_experiments()]
        if not _quoted(name) or not experiments:
            return []
        return list(client.search_runs(experiments, f"attributes.run_name = {_quoted(name)}"))

    def runs(self, experiment: str) -> list[RunSummary]:
        """Return the runs of an experiment, the last one first; none if there is no such experiment."""
        if not self.present():
            return []
        with self._reading() as client:
            found = client.get_experiment_by_name(experiment)
            if found is None:
                return []
            return [_summary(client, run, experiment) for run in _pages(client, [found.experiment_id], "")]

    def tagged(self, tag: str, value: str) -> list[RunSummary]:
        """Return the runs of all experiments that have a tag with this value, the last one first."""
        quote = '"' if "'" in value else "'"
        if not self.present() or quote in value:
            return []
        with self._reading() as client:
            experiments = [experiment.experiment_id for experiment in client.search_experiments()]
            wanted = f"tags.`{clean_name(tag)}` = {quote}{value}{quote}"
            found = _pages(client, experiments, wanted) if experiments else ()
            return [_summary(client, run) for run in found]

    def records(self, experiment: str = "", tags: Mapping[str, str] = MappingProxyType({})) -> Iterator[RunRecord]:
        """Yield the runs that have all these tags, the last one first; a thousand of them come in one answer."""
        quoted = {clean_name(tag): _quoted(value) for tag, value in tags.items()}
        if not self.present() or "" in quoted.values():
            return
        with self._reading() as client:
            names = {item.experiment_id: item.name for item in client.search_experiments()}
            chosen = [key for key, name in names.items() if experiment in ("", name)]
            wanted = " AND ".join(f"tags.`{tag}` = {value}" for tag, value in quoted.items())
            for run in _pages(client, chosen, wanted) if chosen else ():
                data = run.data
                last = {name: _value(value) for name, value in data.metrics.items()}
                summary = _summary(client, run, names[run.info.experiment_id])
                yield RunRecord(summary, _parameters(data), _tags(data), last)

    def parameters(self, run: str) -> dict[str, str]:
        """Return the parameters, under names that mlflow accepts; of a resumed run those it ended with."""
        with self._reading() as client:
            return _parameters(client.get_run(run).data)

    def tags(self, run: str) -> dict[str, str]:
        """Return the tags without mlflow's own."""
        with self._reading() as client:
            return _tags(client.get_run(run).data)

    def metrics(self, run: str) -> dict[str, list[Point]]:
        """Return the history of every metric, in the order of steps."""
        with self._reading() as client:
            return {name: _history(client, run, name) for name in client.get_run(run).data.metrics}

    def last(self, run: str) -> dict[str, float]:
        """Return the last value of every metric, which mlflow keeps beside the histories."""
        with self._reading() as client:
            return {name: _value(value) for name, value in client.get_run(run).data.metrics.items()}

    def history(self, run: str, metric: str) -> list[Point]:
        """Return the history of one metric, in the order of steps."""
        with self._reading() as client:
            return _history(client, run, metric)

    def files(self, run: str) -> list[str]:
        """Return the paths of all files of a run."""
        with self._reading() as client:
            return sorted(_files(_artifacts(client, run), None))

    def download(self, run: str, path: str, folder: Path) -> Path:
        """Copy a file, or a folder with all that is in it, to `folder / path`."""
        with self._reading() as client:
            folder.mkdir(parents=True, exist_ok=True)
            return Path(_artifacts(client, run).download_artifacts(path, str(folder)))

    @contextmanager
    def _reading(self) -> Iterator[MlflowClient]:
        """Give the client; what goes wrong with it is a RunError."""
        try:
            if self._opened is None:
                self._opened = open_client(self._uri)
            yield self._opened
        except RunError:
            raise
        except Exception as error:
            raise run_error(self._uri, error) from error


def _pages(client: MlflowClient, experiments: Sequence[str], wanted: str) -> Iterator[Run]:
    """Yield the runs of experiments that a filter lets pass, the last one first."""
    token: str | None = None
    while True:
        page = client.search_runs(list(experiments), wanted, max_results=PAGE, page_token=token)
        yield from page
        token = page.token
        if not token:
            return


def _summary(client: MlflowClient, run: Run, experiment: str = "") -> RunSummary:
    tags = run.data.tags
    return RunSummary(
        id=run.info.run_id,
        name=run.info.run_name or "",
        experiment=experiment or client.get_experiment(run.info.experiment_id).name,
        status=cast(Status, run.info.status),
        started=run.info.start_time / 1000,
        command=tags.get("mlflow.source.name", ""),
        description=description_of(tags.get(NOTE, "")),
    )


def _parameters(data: RunData) -> dict[str, str]:
    return {name: data.tags.get(changed_parameter(name), value) for name, value in data.params.items()}


def _tags(data: RunData) -> dict[str, str]:
    return {name: value for name, value in data.tags.items() if not name.startswith(("mlflow.", CHANGED))}


def _quoted(value: str) -> str:
    """Return a text as mlflow's filters have it; empty for one with both kinds of quotes, which they cannot have."""
    quote = '"' if "'" in value else "'"
    return "" if quote in value else f"{quote}{value}{quote}"


def _history(client: MlflowClient, run: str, metric: str) -> list[Point]:
    found = client.get_metric_history(run, metric)
    points = [Point(item.step, _value(item.value), item.timestamp / 1000) for item in found]
    return sorted(points, key=lambda point: (point.step, point.time))


def _artifacts(client: MlflowClient, run: str) -> ArtifactRepository:
    """Return the place of a run's files.

    Asked by the run, mlflow 3 looks for a logged model of a folder's name beside them, and for that in the store of the
    process (`mlflow.set_tracking_uri`), whatever the client's is.
    """
    from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

    return get_artifact_repository(client.get_run(run).info.artifact_uri, tracking_uri=client.tracking_uri)


def _files(artifacts: ArtifactRepository, folder: str | None) -> Iterator[str]:
    for item in artifacts.list_artifacts(folder):
        if item.is_dir:
            yield from _files(artifacts, item.path)
        else:
            yield item.path


def _value(stored: float) -> float:
    """Return a metric as it was logged: databases hold infinity as the largest number there is."""
    return math.copysign(math.inf, stored) if abs(stored) >= sys.float_info.max else stored
