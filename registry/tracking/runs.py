"""Finds recorded runs, whichever tracker has recorded them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from registry.contract.errors import RunError
from registry.contract.records import record
from registry.contract.run_store import RunRecord, RunStore, RunSummary
from registry.contract.tracker import DEFAULT_TRACKER, Tracking
from registry.contract.tracker import RUN as RUN

if TYPE_CHECKING:
    from registry.wiring.checked_graph import CheckedGraph

STUDY = "study"
"""The tag that names the study that a run is part of."""

SWEEP = "sweep"
"""The tag of a run that is no training, but a sweep: the name of its study. Its trainings have the tag STUDY."""

MODEL_FILE = "model/model.keras"
"""Where a tracker keeps the inference model of a run; on disk, the run's folder has it under the file's name."""


REASON_FILE = "failure.txt"
"""Where a run that has failed keeps the reason."""


@record
class RecordedRun:
    """A run and the store that holds it."""

    tracking: str
    store: RunStore
    summary: RunSummary

    def tags(self) -> dict[str, str]:
        """Return the run's tags; raises RunError if they cannot be read."""
        return dict(self.store.tags(self.summary.id))

    def download(self, path: str, folder: Path) -> Path:
        """Copy a file of the run ("model/model.keras"), or a folder; raises RunError if it cannot be had."""
        try:
            return self.store.download(self.summary.id, path, folder)
        except RunError as error:
            raise RunError(f"{path} of run {self.summary.id} cannot be had: {self._absent(path) or error}") from error

    def _absent(self, path: str) -> str:
        """Say that the run keeps no such file; empty if it keeps one, or if that cannot be said."""
        try:
            files = self.store.files(self.summary.id)
        except RunError:
            return ""
        if any(file == path or file.startswith(f"{path}/") for file in files):
            return ""
        later = ", and may keep it when it ends" if self.summary.status == "RUNNING" else ""
        return f"the run keeps no such file; it is {self.summary.status}{later}"


class Runs:
    """The runs in all stores.

    `first`: the tracker that is asked before the others, the one a graph is configured with.
    """

    def __init__(self, trackings: Iterable[Tracking], first: str = "") -> None:
        self._trackings = sorted(trackings, key=lambda tracking: tracking.name != first)
        self._first = first

    @classmethod
    def known_to(cls, checked: CheckedGraph) -> Runs:
        """Return the runs that a graph can name."""
        tracker = checked.expanded.config.nearest(["General", "tracker"]).data
        first = tracker if isinstance(tracker, str) else DEFAULT_TRACKER
        return cls(checked.registry.trackings.values(), first)

    def servers(self) -> list[str]:
        """Return the stores that are reached over the network: to ask one may take long."""
        places = [_store(tracking).place() for tracking in self._trackings]
        return [place for place in places if re.match(r"(https?|databricks)\b", place)]

    def find(self, address: str) -> RecordedRun:
        """Return the run that "run:ID" names; raises RunError if there is none, or more than one."""
        name = address.removeprefix(RUN)
        found: list[RecordedRun] = []
        unreadable: list[str] = []
        stores = [(tracking.name, _store(tracking)) for tracking in self._trackings]
        for tracking, store in stores:
            try:
                found += [RecordedRun(tracking, store, summary) for summary in store.find(name)]
            except RunError as error:
                unreadable.append(f"{tracking}: {error}")
            # An identifier is one of a kind, and other stores may be slow; a name may be given twice.
            if tracking == self._first and [run.summary.id for run in found] == [name]:
                break
        if len(found) == 1:
            return found[0]
        if found:
            listing = "\n".join(f"  run:{run.summary.id} in {run.tracking} ({run.store.place()})" for run in found)
            raise RunError(f"{len(found)} runs are called {name!r}:\n{listing}")
        if unreadable:
            raise RunError("\n".join(unreadable))
        places = "\n".join(f"  {tracking}: {store.place()}" for tracking, store in stores)
        if not any(store.present() for _, store in stores):
            raise RunError(f"no runs are kept here; looked in\n{places}")
        raise RunError(f"there is no such run in\n{places}")

    def of_experiment(self, name: str) -> list[RecordedRun]:
        """Return the runs of an experiment, the last one first; raises RunError for a store that cannot be read."""
        return self._listed(lambda store: store.runs(name))

    def tagged(self, tag: str, value: str) -> list[RecordedRun]:
        """Return the runs that have a tag with this value, the last one first; raises RunError as `of_experiment`."""
        return self._listed(lambda store: store.tagged(tag, value))

    def records(
        self, experiment: str = "", tags: Mapping[str, str] = MappingProxyType({})
    ) -> list[tuple[str, RunRecord]]:
        """Return the runs that have all these tags, with the names of their trackers, the last one first.

        `experiment`: only those of it. Raises RunError for a store that cannot be read.
        """
        found = [
            (tracking.name, record)
            for tracking, store in ((tracking, _store(tracking)) for tracking in self._trackings)
            if store.present()
            for record in store.records(experiment, tags)
        ]
        return sorted(found, key=lambda item: item[1].summary.started, reverse=True)

    def _listed(self, listing: Callable[[RunStore], Iterable[RunSummary]]) -> list[RecordedRun]:
        found = [
            RecordedRun(tracking.name, store, summary)
            for tracking, store in ((tracking, _store(tracking)) for tracking in self._trackings)
            if store.present()
            for summary in listing(store)
        ]
        return sorted(found, key=lambda run: run.summary.started, reverse=True)

    def places(self) -> str:
        """Return where runs are looked for, for messages."""
        return ", ".join(f"{tracking.name} ({_store(tracking).place()})" for tracking in self._trackings)


def _store(tracking: Tracking) -> RunStore:
    """Make what reads the runs of a tracker; raises RunError for a plugin's that cannot be made."""
    try:
        return tracking.store()
    except TypeError as error:
        raise RunError(f"the runs of the tracker {tracking.name!r} cannot be read: {error}") from error
