"""The tracker `folder`; what it does is imported when it is used."""

from __future__ import annotations

from registry.contract.run_store import RunStore
from registry.contract.tracker import Tracker, Tracking, Warn


def _tracker(experiment: str, warn: Warn) -> Tracker:
    from registry.plugins.trackers.folder.tracker import FolderTracker

    return FolderTracker(experiment, warn)


def _store() -> RunStore:
    from registry.plugins.trackers.folder.run_store import FolderRuns

    return FolderRuns()


TRACKING = Tracking("folder", _tracker, _store)
