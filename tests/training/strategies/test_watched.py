"""Stages that are decided by what monitors find."""

from __future__ import annotations

from pathlib import Path

import pytest

from registry.training.strategies.watched import logged_as
from registry.training.trainer import Trainer
from tests.training.helpers import TINY
from tests.training.strategies.helpers import STAGE, fitted
from tests.training.test_resuming import recorded

pytestmark = pytest.mark.slow

MONITORS = """  clusters: {use: clustering, in: {"*": [heads, pre]}}
  betas: {use: beta_distribution, in: {"*": [heads, pre]}}
outputs:"""


def trained(folder: Path, metric: str, mode: str) -> Trainer:
    """Train for three epochs, of which the best by a metric is kept; monitors look at no record."""
    text = TINY.read_text().replace("tiny_options.yaml", str(TINY.parent / "tiny_options.yaml"))
    graph = folder / "graph.yaml"
    graph.write_text(text.replace("outputs:", MONITORS))
    stage = f"{STAGE}, epochs: 3, keep_best: {{metric: {metric}, mode: {mode}}}"
    return fitted(folder / "run", stage, graph=graph, sets=("Plotting.plot_frequency=1000",))


def values(trainer: Trainer, metric: str) -> list[float]:
    """Return the values of a metric, in order."""
    return [metrics[metric] for _, metrics in recorded(trainer) if metric in metrics]


def test_a_monitor_that_decides_looks_at_the_validation_events_after_every_epoch(tmp_path: Path) -> None:
    made = trained(tmp_path, "clusters/efficiency", "max")
    found = values(made, "clusters/validation/efficiency")
    assert len(found) == 3
    assert made.use_final_weights().startswith(f"best clusters/validation/efficiency = {max(found):.5g} (epoch ")


def test_a_monitor_of_records_looks_after_epochs_where_it_decides(tmp_path: Path) -> None:
    made = trained(tmp_path, "betas/objects", "max")
    # Before the training, with the first record, after three epochs, at the end.
    _, _, *after, _ = values(made, "betas/objects")
    assert len(after) == 3
    assert made.use_final_weights().startswith(f"best betas/objects = {max(after):.5g} (epoch ")


def test_what_a_monitor_finds_in_the_test_events_decides_nothing() -> None:
    both = {"clusters/efficiency": 0.9, "clusters/validation/efficiency": 0.5}
    assert logged_as("clusters/efficiency", both) == "clusters/validation/efficiency"
    assert logged_as("validation/loss", {"validation/loss": 1.0}) == "validation/loss"
    assert logged_as("validation/loss", both) == ""
