"""What records a run while it goes on, and how one way to keep runs is declared."""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, field
from pathlib import Path
from typing import Protocol

from registry.contract.errors import RunError
from registry.contract.records import record
from registry.contract.run_store import RunStore, Status

Warn = Callable[[str], None]
"""Shows a text to the user without ending the run."""

DEFAULT_TRACKER = "mlflow"
"""What keeps the runs of a graph that names no tracker."""

RUNS_FOLDER = Path("mlruns")
"""Where runs are kept that no server takes, relative to the working folder."""

UNDELIVERED = "undelivered.jsonl"
"""The file in a run's folder that says that something could not be recorded yet, and holds it."""

DRAWING = "graph/drawing.svg"
"""The text of a run that is a picture of its graph."""

RUN = "run:"
"""Start of an address that names a run: "run:ID", "run:NAME", or "run:FOLDER" where it has one."""


@record
class RunInfo:
    """What is known of a run before its first step.

    `parameters`: flattened names and their values as text (`iterations.0.gravnet.n_neighbours`); `tags`: what runs are
    searched by (commit, fingerprints), those without a value are not kept; `texts`: contents by file name (graph
    source, expanded graph, drawing). `folder`: the run's local folder, for what cannot be recorded at once.
    """

    name: str
    experiment: str
    command: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    description: str = ""
    folder: Path | None = None


@record
class DataInfo:
    """The events of one part that a run used.

    `digest`: the fingerprint of the data, all parts together; `context`: "training", "validation" or "test".
    `loader`: the block that reads them, and `files` the addresses it was given, none for events that are generated.
    `columns`: the dtype of every column of a hit by its name; `counts`: events and hits.
    """

    name: str
    digest: str
    context: str
    loader: str
    files: Sequence[str] = ()
    columns: Mapping[str, str] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)


@record
class ModelInfo:
    """The trained model of a run as a function of tables of hits.

    `file`: the `.keras` file; `module`: what loads it, an importable module with a function `_load_pyfunc(file)` that
    returns an object with `predict(table)`. `inputs`, `outputs`: the dtype of every column by its name; `optional`:
    those of the inputs that may be missing. `example`: a few rows of the inputs by column. `step`: when it was saved;
    `packages`: what it needs, as pip names it; `tags`: what it is found by.
    """

    file: Path
    module: str
    inputs: Mapping[str, str]
    outputs: Mapping[str, str]
    optional: Sequence[str] = ()
    example: Mapping[str, Sequence[float]] = field(default_factory=dict)
    step: int = 0
    packages: Sequence[str] = ()
    tags: Mapping[str, str] = field(default_factory=dict)


@record
class Recorded:
    """What one call of `Tracker.metrics` recorded; `time`: seconds since 1970."""

    step: int
    time: float
    metrics: Mapping[str, float]


class Tracker(Protocol):
    """Records one run: connect, start or resume, (metrics, artifact, text)*, finish, in this order."""

    run_id: str = ""
    """What names the run in its store; empty before `start`."""

    def connect(self) -> None:
        """Reach the place the run will be kept in; raises RunError, within about ten seconds, if that fails."""

    @abstractmethod
    def start(self, info: RunInfo) -> None:
        """Open the run, and record what it consists of; raises RunError if that fails."""
        ...

    def resume(self, run_id: str, info: RunInfo, history: Sequence[Recorded]) -> None:
        """Open a run again that was started before; raises RunError if that fails.

        Its status is RUNNING, its name and other tags stay, and parameters, tags and texts become those of `info`.
        `history` is everything that the run had recorded until the checkpoint it goes on from: what of it is missing is
        recorded now; what was recorded after it is done again, and must not be there twice.
        """
        raise RunError("this tracker cannot go on with a run: it has no method `resume`")

    @abstractmethod
    def metrics(self, metrics: Mapping[str, float], step: int) -> None:
        """Record values at a step; must return at once, whatever the state of the network."""
        ...

    @abstractmethod
    def artifact(self, path: Path, folder: str) -> None:
        """Record a file under a folder of the run; the file stays where it is until the run has finished."""
        ...

    @abstractmethod
    def text(self, text: str, path: str) -> None:
        """Record a text as a file of the run."""
        ...

    def tag(self, name: str, value: str) -> None:
        """Record what the run is found by, known only after it was started; a tracker without tags keeps a text."""
        self.text(f"{value}\n", f"tags/{name}.txt")

    def data(self, info: DataInfo) -> None:
        """Record which events the run uses; a tracker that knows no data sets keeps a text."""
        self.text(json.dumps(asdict(info), indent=1) + "\n", f"data/{info.context}.json")

    def model(self, info: ModelInfo, folder: str) -> None:
        """Record the trained model under a folder of the run; a tracker that knows no models keeps file and texts."""
        self.artifact(info.file, folder)
        known = {name: value for name, value in asdict(info).items() if name not in ("file", "example")}
        self.text(json.dumps(known, indent=1) + "\n", f"{folder}/signature.json")
        self.text(json.dumps(info.example) + "\n", f"{folder}/example.json")

    def figures(self, metrics: Mapping[str, float], step: int, context: str = "") -> None:
        """Say that metrics, recorded at a step, describe the trained model; what knows no models need not keep that.

        `context`: the data that they were found on, as `DataInfo` has it; empty if they are of several.
        """
        return

    @abstractmethod
    def finish(self, status: Status) -> None:
        """Record everything that is still waiting, and close the run."""
        ...

    def where(self) -> str:
        """Return how to look at the run; empty if no run was opened."""
        return ""

    def undelivered(self) -> str:
        """Return how to record later what could not be recorded; empty if all was. Asked after `finish`."""
        return ""


@record
class Naming:
    """What a tracker's own settings say of a run.

    The experiment and the run that they name, for a graph that names none; `source`: which setting. `system_metrics`:
    the setting that asks for measurements of the machine, empty if none does.
    """

    experiment: str = ""
    run: str = ""
    source: str = ""
    system_metrics: str = ""


@record
class Tracking:
    """One way to keep runs, by the name that `General.tracker` gives it.

    `tracker(experiment, warn)` returns what records a run, `store()` what reads the runs that were recorded. Both
    import what is heavy when they are called. `deliver(file)` records what a run's file `undelivered.jsonl` holds, and
    returns what it did in one line; it raises RunError if something is left. `naming()` returns the names that the
    tracker's own settings give, such as variables of the environment. `serve(folder, host, port, say)` shows the
    runs in a folder on pages until it is interrupted. `end(run, status, texts)` closes a run that still is RUNNING,
    because its process was killed before it could say how it ended, and records texts by path; it leaves any other run
    as it is, and raises RunError if that cannot be recorded.
    """

    name: str
    tracker: Callable[[str, Warn], Tracker]
    store: Callable[[], RunStore]
    deliver: Callable[[Path], str] | None = None
    naming: Callable[[], Naming] = Naming
    serve: Callable[[Path, str, int, Callable[[str], None]], None] | None = None
    end: Callable[[str, Status, Mapping[str, str]], None] | None = None
