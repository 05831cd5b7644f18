"""The tracker `folder`; what it does is imported when it is used."""

from __future__ import annotations

from collections.abc import Mapping

from registry.contract.run_store import RunStore, Status
from registry.contract.tracker import Tracker, Tracking, Warn


def _tracker(experiment: str, warn: Warn) -> Tracker:
    from registry.plugins.trackers.folder.tracker import FolderTracker

    return FolderTracker(experiment, warn)


def _store() -> RunStore:
    from registry.plugins.trackers.folder.run_store import FolderRuns

    return FolderRuns()


def _end(run: str, status: Status, texts: Mapping[str, str]) -> None:
    from registry.plugins.trackers.folder.ending import end

    end(run, status, texts)


TRACKING = Tracking("folder", _tracker, _store, end=_end)
