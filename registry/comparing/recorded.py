"""What was recorded of a run, read once: how it ended, its options and fingerprints, every metric's history."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory

from registry.configuration.options import SECTIONS, GeneralOptions
from registry.contract.errors import RunError
from registry.contract.run_store import Point
from registry.contract.tracker import RUN
from registry.tracking.parameters import EXPANDED_PARAMETERS
from registry.tracking.runs import RecordedRun
from registry.training.identity import PACKAGES

SEED = "General.seed"

LOGGED = ("train", "epoch", "validation")
"""Families of metrics that are recorded together every time."""

SECONDS = "epoch/seconds"
"""The metric with the time of every epoch, its validation included."""

PEAK_MEMORY = "run/peak_memory"
"""The metric with the most memory that the process of a training took, GB."""

NO_DIFFERENCE = frozenset([SEED, *(f"General.{name}" for name in SECTIONS["General"].remarks)])
"""Options in which runs of one group may differ: the seed, and those without effect on what is computed."""


@dataclass(frozen=True)
class Compared:
    """A recorded run and all that a comparison reads of it."""

    found: RecordedRun
    tags: Mapping[str, str]
    parameters: Mapping[str, str]
    last: Mapping[str, float] = field(repr=False)
    """The last value of every metric, whenever it was recorded."""

    @classmethod
    def read(cls, found: RecordedRun) -> Compared:
        """Read a run; raises RunError if its store cannot be read."""
        run = found.summary.id
        return cls(found, found.tags(), dict(found.store.parameters(run)), dict(found.store.last(run)))

    @property
    def id(self) -> str:
        """What names the run in its store."""
        return self.found.summary.id

    @property
    def address(self) -> str:
        """The run as commands take it, "run:ID"."""
        return f"{RUN}{self.id}"

    @property
    def name(self) -> str:
        """What the run is called."""
        return self.found.summary.name

    @property
    def status(self) -> str:
        """How it ended, or RUNNING."""
        return self.found.summary.status

    @property
    def seed(self) -> int:
        """The seed of the training; that of the options' default if none was written."""
        written = self.parameters.get(SEED, "")
        return int(written) if written.isdigit() else int(GeneralOptions().seed)

    def fingerprint(self, name: str) -> str:
        """Return the fingerprint "architecture", "training", "data", "code" or "events"; empty if there is none."""
        return self.tags.get(f"fingerprint.{name}", "")

    @cached_property
    def options(self) -> dict[str, str]:
        """What was stated of the run in its files and settings, by dotted name, without the seed and remarks."""
        return {name: value for name, value in self.parameters.items() if name not in NO_DIFFERENCE}

    @cached_property
    def everything(self) -> dict[str, str]:
        """The parameters of every node as well, if the run has kept them."""
        try:
            kept = json.loads(self.text(EXPANDED_PARAMETERS))
        except ValueError:
            return self.options
        return {name: value for name, value in kept.items() if name not in NO_DIFFERENCE}

    def history(self, metric: str) -> Sequence[Point]:
        """Return all values of a metric, in the order of steps; raises RunError if the store cannot be read."""
        return self.found.store.history(self.id, metric) if metric in self.last else ()

    @cached_property
    def values(self) -> dict[str, float]:
        """The last value of every metric, but for those that a monitor had not when it looked for the last time."""
        steps: dict[str, dict[str, int]] = {}
        for name in self.last:
            family = name.rpartition("/")[0]
            if family and family not in LOGGED:
                steps.setdefault(family, {})[name] = max((point.step for point in self.history(name)), default=0)
        late = {name for own in steps.values() for name, step in own.items() if step < max(own.values())}
        return {name: value for name, value in self.last.items() if name not in late}

    @cached_property
    def seconds(self) -> float:
        """Time of all epochs together, their validation included; nan if none was recorded."""
        points = self.history(SECONDS)
        return sum(point.value for point in points) if points else math.nan

    @cached_property
    def versions(self) -> dict[str, str]:
        """The versions of what the numbers depend on, "keras" and so on; empty if the run does not say."""
        text = self.text("environment/packages.txt")
        listed = dict(re.findall(r"^([\w.-]+)==(\S+)$", text, re.MULTILINE))
        found = {name: next((listed[item] for item in names if item in listed), "") for name, names in PACKAGES.items()}
        python = re.search(r"^# Python ([\d.]+)", text)
        return {name: version for name, version in found.items() if version} | ({"python": python[1]} if python else {})

    def text(self, path: str) -> str:
        """Return a text file of the run; empty if it has none of that name."""
        content = self.content(path)
        return content.decode("utf-8", "replace") if content is not None else ""

    def content(self, path: str) -> bytes | None:
        """Return a file of the run, None if it has none of that name."""
        with TemporaryDirectory() as folder:
            try:
                return self.found.download(path, Path(folder)).read_bytes()
            except (RunError, OSError):
                return None
