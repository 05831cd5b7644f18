"""What monitors remember between looks outlives the process."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest

from registry.contract.monitor import Findings, MonitorContext, Remembering
from registry.training.trainer import Trainer
from tests.training.helpers import TINY
from tests.training.strategies.helpers import STAGE, assert_resumed_alike
from tests.training.test_resuming import recorded
from tests.training.test_stages import new_trainer

pytestmark = pytest.mark.slow


@pytest.fixture
def graph(tmp_path: Path) -> Path:
    """The smallest graph, with a monitor that compares the weights of two looks."""
    text = TINY.read_text().replace("tiny_options.yaml", str(TINY.parent / "tiny_options.yaml"))
    path = tmp_path / "graph.yaml"
    path.write_text(text.replace("outputs:", "  net: {use: network}\noutputs:"))
    return path


def test_a_run_that_goes_on_between_two_looks_finds_and_keeps_what_the_whole_one_does(
    graph: Path, tmp_path: Path
) -> None:
    best = "keep_best: {metric: net/update_ratio/heads, mode: max}"
    sets = ("Plotting.record_frequency=1", "Plotting.plot_frequency=3")
    whole, _ = assert_resumed_alike(tmp_path, (f"{STAGE}, epochs: 3, {best}",), 6, graph, sets)
    assert sum("net/update_ratio/heads" in metrics for _, metrics in recorded(whole)) > 3


class Forgetful:
    """Looks, and cannot say what it has seen."""

    moments = ("record",)

    def __init__(self, memory: Callable[[], Mapping[str, np.ndarray]]) -> None:
        self.memory = memory

    def look(self, context: MonitorContext) -> Findings:
        return Findings()

    def remember(self, memory: Mapping[str, np.ndarray]) -> None:
        """Take what it has not said."""


def _fails() -> Mapping[str, np.ndarray]:
    raise ValueError("nothing comes to mind")


@pytest.mark.parametrize(
    ("memory", "said"),
    [(_fails, "nothing comes to mind"), (lambda: {"seen": np.array([None])}, "expected numbers as 'seen'")],
)
def test_a_monitor_that_cannot_say_what_it_remembers_is_left_out(
    memory: Callable[[], Mapping[str, np.ndarray]], said: str, graph: Path, tmp_path: Path
) -> None:
    made: Trainer = new_trainer(tmp_path / "run", graph=graph)
    monitors = made._looks._monitors
    monitor = Forgetful(memory)
    assert isinstance(monitor, Remembering)
    monitors._monitors = [(path, node, monitor) for path, node, _ in monitors._monitors]
    assert monitors.memories() == {}
    ((node, text),) = monitors.look("record", 1, 0)
    assert node == "net"
    assert said in str(text)
    assert list(monitors.look("record", 2, 0)) == []
