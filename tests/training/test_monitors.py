"""What monitors are shown."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from registry.training.monitors import MonitorRunner
from tests.training.helpers import TINY
from tests.training.test_stages import new_trainer

pytestmark = pytest.mark.slow


@pytest.fixture
def graph(tmp_path: Path) -> Path:
    """The smallest graph, with a monitor of its cluster space."""
    text = TINY.read_text().replace("tiny_options.yaml", str(TINY.parent / "tiny_options.yaml"))
    monitor = '  space: {use: plot_coordinates, in: {"*": pre, coordinates: heads.ccoords}}\noutputs:'
    path = tmp_path / "graph.yaml"
    path.write_text(text.replace("outputs:", monitor))
    return path


def test_the_fixed_event_is_the_validation_event_of_median_size(graph: Path, tmp_path: Path) -> None:
    made = new_trainer(tmp_path / "run", graph=graph)
    monitors = MonitorRunner(made.run.compiled, made.run.feed, 800, tmp_path / "plots")
    ((_, findings),) = monitors.look("end", 7, 1)
    assert not isinstance(findings, str)
    assert [path.name for path in findings.files] == ["space_000007.png"]
    part, event = monitors.fixed_event()
    sizes = made.run.feed.source.sizes("validation")
    assert (part, sizes[event]) == ("validation", np.median(sizes))


def test_without_validation_events_a_training_event_is_drawn(graph: Path, tmp_path: Path) -> None:
    made = new_trainer(tmp_path / "run", "Data.options.validation_events=0", graph=graph)
    monitors = MonitorRunner(made.run.compiled, made.run.feed, 800, tmp_path / "plots")
    ((_, findings),) = monitors.look("end", 7, 1)
    assert not isinstance(findings, str)
    assert findings.files[0].exists()
    assert monitors.fixed_event()[0] == "train"
