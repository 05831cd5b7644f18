"""The tracker `mlflow`; what it does is imported when it is used."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from registry.contract.run_store import RunStore, Status
from registry.contract.tracker import Naming, Tracker, Tracking, Warn


def _tracker(experiment: str, warn: Warn) -> Tracker:
    from registry.plugins.trackers.mlflow.tracker import MlflowTracker

    return MlflowTracker(experiment, warn)


def _store() -> RunStore:
    from registry.plugins.trackers.mlflow.run_store import MlflowRuns

    return MlflowRuns()


def _deliver(file: Path) -> str:
    from registry.plugins.trackers.mlflow.later import deliver

    return deliver(file)


def _naming() -> Naming:
    from registry.plugins.trackers.mlflow.client import naming

    return naming()


def _serve(folder: Path, host: str, port: int, say: Callable[[str], None]) -> None:
    from registry.plugins.trackers.mlflow.serving.server import serve

    serve(folder, host, port, say)


def _end(run: str, status: Status, texts: Mapping[str, str]) -> None:
    from registry.plugins.trackers.mlflow.ending import end

    end(run, status, texts)


TRACKING = Tracking("mlflow", _tracker, _store, _deliver, _naming, _serve, _end)
