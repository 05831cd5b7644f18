"""What was recorded of runs: a store gives it back, whichever tracker has recorded it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Literal, Protocol

from registry.contract.errors import RunError
from registry.contract.records import record

Status = Literal["FINISHED", "FAILED", "KILLED"]
"""How a run ended: done, stopped by an error, interrupted."""


@record
class RunSummary:
    """A run that was recorded.

    `id` is unique in its store; `started`: seconds since 1970; `status`: "RUNNING" too of a run that was killed before
    it could say how it ended.
    """

    id: str
    name: str
    experiment: str
    status: Status | Literal["RUNNING"]
    started: float
    command: str = ""
    description: str = ""


@record
class Point:
    """One value of a metric; `time`: seconds since 1970."""

    step: int
    value: float
    time: float


@record
class RunRecord:
    """What runs are searched by: parameters, tags, and the last value of every metric."""

    summary: RunSummary
    parameters: Mapping[str, str]
    tags: Mapping[str, str]
    last: Mapping[str, float]


class RunStore(Protocol):
    """The runs that trackers of one kind have recorded; every method raises RunError if they cannot be read."""

    @abstractmethod
    def place(self) -> str:
        """Return where the runs are kept, for messages."""
        ...

    @abstractmethod
    def present(self) -> bool:
        """Say whether runs may be kept there, for messages; opens nothing."""
        ...

    @abstractmethod
    def find(self, name: str) -> Sequence[RunSummary]:
        """Return the runs with this identifier, or else with this name or folder."""
        ...

    @abstractmethod
    def runs(self, experiment: str) -> Sequence[RunSummary]:
        """Return the runs of an experiment, the last one first."""
        ...

    def tagged(self, tag: str, value: str) -> Sequence[RunSummary]:
        """Return the runs of all experiments that have a tag with this value, the last one first."""
        raise RunError("these runs cannot be searched by tags: their store has no method `tagged`")

    def records(self, experiment: str = "", tags: Mapping[str, str] = MappingProxyType({})) -> Iterable[RunRecord]:
        """Yield the runs that have all these tags, of an experiment or, if none is named, of all; in any order.

        A store that need not read every run for it has its own.
        """
        if not experiment and not tags:
            raise RunError("these runs are searched by experiment, study or graph only: their store has no `records`")
        found = self.runs(experiment) if experiment else self.tagged(*next(iter(tags.items())))
        for run in found:
            own = self.tags(run.id)
            if all(own.get(name) == value for name, value in tags.items()):
                yield RunRecord(run, self.parameters(run.id), own, self.last(run.id))

    @abstractmethod
    def parameters(self, run: str) -> Mapping[str, str]:
        """Return the parameters of the run with this identifier."""
        ...

    @abstractmethod
    def tags(self, run: str) -> Mapping[str, str]:
        """Return the tags of the run with this identifier."""
        ...

    @abstractmethod
    def metrics(self, run: str) -> Mapping[str, Sequence[Point]]:
        """Return the history of every metric, in the order of steps."""
        ...

    def last(self, run: str) -> Mapping[str, float]:
        """Return the last value of every metric; a store that need not read all histories for it has its own."""
        return {name: points[-1].value for name, points in self.metrics(run).items() if points}

    def history(self, run: str, metric: str) -> Sequence[Point]:
        """Return the history of one metric, empty for one that the run has not; as `last`, a store may have its own."""
        return self.metrics(run).get(metric, ())

    @abstractmethod
    def files(self, run: str) -> Sequence[str]:
        """Return the paths of all files of a run, "model/model.keras"."""
        ...

    @abstractmethod
    def download(self, run: str, path: str, folder: Path) -> Path:
        """Copy a file, or a folder with all that is in it, to `folder / path`, and return that."""
        ...
