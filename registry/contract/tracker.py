"""What a tracker is told about a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

Status = Literal["FINISHED", "FAILED", "KILLED"]
"""How a run ended: done, stopped by an error, interrupted."""


@dataclass(frozen=True)
class RunInfo:
    """What is known of a run before its first step.

    `parameters`: flattened names and their values as text (`iterations.0.gravnet.n_neighbours`); `tags`: what runs are
    searched by (commit, fingerprints); `texts`: contents by file name (graph source, expanded graph, drawing).
    """

    name: str
    experiment: str
    command: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    description: str = ""


class Tracker(Protocol):
    """Records one run; the methods are called in the order start, (metrics, artifact, text)*, finish."""

    def start(self, info: RunInfo) -> None:
        """Open the run, and record what it consists of."""
        ...

    def metrics(self, metrics: Mapping[str, float], step: int) -> None:
        """Record values at a step; must return at once, whatever the state of the network."""
        ...

    def artifact(self, path: Path, folder: str) -> None:
        """Record a file under a folder of the run; the file stays where it is until the run has finished."""
        ...

    def text(self, text: str, path: str) -> None:
        """Record a text as a file of the run."""
        ...

    def finish(self, status: Status) -> None:
        """Record everything that is still waiting, and close the run."""
        ...
