"""What a run consists of; hooks and callbacks receive it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from registry.configuration.options import Options
from registry.contract.monitor_block import rare
from registry.reporting.collector import Collector
from registry.training.history import History
from registry.training.interrupts import Interrupts
from registry.training.ranks.ranks import ALONE, Ranks

if TYPE_CHECKING:
    from registry.compiling.model import Compiled
    from registry.contract.callback import Callback
    from registry.contract.tracker import DataInfo, ModelInfo, Tracker
    from registry.training.feeding import Feed
    from registry.training.identity import Identity
    from registry.training.progress import Progress
    from registry.training.system_metrics import SystemMetrics
    from registry.wiring.checked_graph import CheckedGraph


@dataclass
class Run:
    """A run: the checked graph, its options, the compiled models, the data, who records it, and where it stands."""

    checked: CheckedGraph
    options: Options
    compiled: Compiled
    feed: Feed
    progress: Progress
    folder: Path
    """Where checkpoints and plots go before they are logged."""
    trackers: list[Tracker] = field(default_factory=list)
    callbacks: list[Callback] = field(default_factory=list)
    collected: Collector = field(default_factory=Collector)
    """What the run has recorded until now, for its page."""
    identity: Identity | None = None
    """What makes the training what it is; checkpoints keep it."""
    interrupts: Interrupts = field(default_factory=Interrupts)
    ranks: Ranks = ALONE
    """The processes that train it together, and which of them this is."""
    system: SystemMetrics | None = None
    """What measures the machine, if that was asked for."""
    step: int = 0
    epochs_done: int = 0
    latest: dict[str, float] = field(default_factory=dict)
    """Every metric that has been logged since the last epoch, as it was logged last."""
    failures: list[str] = field(default_factory=list)
    """What has failed without ending the training: monitors."""
    warned: set[str] = field(default_factory=set)
    ending: Literal["", "stage", "training"] = ""
    """What ends after the current epoch because somebody asked for it."""
    ended_because: str = ""

    def __post_init__(self) -> None:
        self.progress.held = self.interrupts.held
        nodes = self.checked.nodes.items()
        self.history = History(self.folder, [name for path, node in nodes for name in rare(path, node.block)])

    def end_stage(self, reason: str) -> None:
        """End the current stage after this epoch, as if it had had no more; the next stage follows."""
        self.ending, self.ended_because = self.ending or "stage", reason

    def end_training(self, reason: str) -> None:
        """End the training after this epoch: the run is FINISHED."""
        self.ending, self.ended_because = "training", reason

    def warn(self, text: str) -> None:
        """Show a warning, once."""
        if text and text not in self.warned:
            self.warned.add(text)
            self.progress.line(f"warning: {text}")

    def log_metrics(self, metrics: dict[str, float]) -> None:
        """Hand metrics to every tracker, at the current step, but for zeros that say nothing so far."""
        self.latest |= {name: float(value) for name, value in metrics.items()}
        for record in self.history.append(metrics, self.step):
            for tracker in self._recorders():
                tracker.metrics(dict(record.metrics), record.step)

    def log_file(self, path: Path, folder: str) -> None:
        """Hand a file to every tracker."""
        for tracker in self._recorders():
            tracker.artifact(path, folder)

    def log_data(self, data: Iterable[DataInfo]) -> None:
        """Tell every tracker which events the run uses."""
        for info in data:
            for tracker in self.trackers:
                tracker.data(info)

    def log_model(self, info: ModelInfo, folder: str) -> None:
        """Hand the trained model to every tracker."""
        for tracker in self.trackers:
            tracker.model(info, folder)

    def log_figures(self, metrics: Mapping[str, float], step: int, context: str = "") -> None:
        """Tell every tracker which of the metrics at a step describe the trained model, found on which data."""
        for tracker in self.trackers:
            tracker.figures(metrics, step, context)

    def tag(self, name: str, value: str) -> None:
        """Hand every tracker a tag, which the run is found by."""
        for tracker in self._recorders():
            tracker.tag(name, value)

    def log_text(self, text: str, path: str) -> None:
        """Hand a text to every tracker, as a file of that name."""
        for tracker in self._recorders():
            tracker.text(text, path)

    def _recorders(self) -> list[Tracker | Collector]:
        return [*self.trackers, self.collected]
