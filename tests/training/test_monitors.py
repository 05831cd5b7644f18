"""What monitors are shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from registry.compiling.preserving import preserved
from registry.contract.monitor import Findings, MonitorContext
from registry.plugins.monitors.beta_distribution.monitor import BetaMonitor
from registry.plugins.monitors.condensation_distances.monitor import DistancesMonitor
from registry.training.feeding import Batch
from registry.training.monitors import MonitorRunner
from registry.training.node_measures import gradients
from registry.training.observing import Observing, typical_event
from registry.training.trainer import Trainer
from registry.wiring.checked_graph import Ref
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


def test_a_monitor_that_is_watched_looks_after_each_epoch(tmp_path: Path) -> None:
    text = TINY.read_text().replace("tiny_options.yaml", str(TINY.parent / "tiny_options.yaml"))
    graph = tmp_path / "graph.yaml"
    graph.write_text(text.replace("outputs:", '  clusters: {use: clustering, in: {"*": [heads, pre]}}\noutputs:'))
    run = new_trainer(tmp_path / "run", graph=graph).run
    found = dict(MonitorRunner(run.compiled, run.feed, 800, tmp_path, ("clusters",)).look("epoch", 7, 1))
    assert not isinstance(found["clusters"], str)
    assert "validation/efficiency" in found["clusters"].metrics
    assert not list(MonitorRunner(run.compiled, run.feed, 800, tmp_path).look("epoch", 7, 1))


def test_a_monitor_with_every_n_looks_after_every_nth_epoch_and_before_and_after_the_training(tmp_path: Path) -> None:
    text = TINY.read_text().replace("tiny_options.yaml", str(TINY.parent / "tiny_options.yaml"))
    graph = tmp_path / "graph.yaml"
    clusters = '  clusters: {use: clustering, in: {"*": [heads, pre]}, with: {every: 2}}\noutputs:'
    graph.write_text(text.replace("outputs:", clusters))
    run = new_trainer(tmp_path / "run", graph=graph).run
    monitors = MonitorRunner(run.compiled, run.feed, 800, tmp_path)
    assert [bool(list(monitors.look("epoch", 7, epoch, epoch))) for epoch in (1, 2, 3, 4)] == [False, True, False, True]
    assert list(monitors.look("start", 0, 0))
    assert list(monitors.look("end", 9, 5))


SHORT = "Training=[{batch_size: 800, learning_rate: 1.0e-2, epochs: 2}]"

WATCHED = """\
  near: {use: knn, in: {coordinates: pre.coordinates, row_splits: pre.row_splits}, with: {K: 4}}
  space: {use: plot_coordinates, in: {"*": pre, coordinates: heads.ccoords}, with: {every: 2}}
  betas: {use: beta_distribution, in: {"*": [heads, pre]}}
  distances: {use: condensation_distances, in: {"*": [heads, pre], coordinates: heads.ccoords}}
  purity: {use: neighbour_purity, in: {"*": [near, pre]}}
  energies: {use: residuals, in: {"*": pre, predicted: pre.energy, truth: pre.truth_energy}}
  classes: {use: class_confusion, in: {"*": [heads, pre], truth_class: pre.truth_pid}}
  display: {use: event_display, in: {"*": pre, "?": energy, beta: heads.beta, ccoords: heads.ccoords}}
  network: {use: network}
outputs:"""


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Trainer:
    """A trainer that has trained the smallest graph with every monitor, of which one has failed."""
    folder = tmp_path_factory.mktemp("watched")
    text = TINY.read_text().replace("tiny_options.yaml", str(TINY.parent / "tiny_options.yaml"))
    path = folder / "graph.yaml"
    path.write_text(text.replace("outputs:", WATCHED))
    made = new_trainer(folder / "run", SHORT, "Plotting={record_frequency: 2, plot_frequency: 2}", graph=path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DistancesMonitor, "look", lambda self, context: 1 / 0)
        made.fit()
    return made


def test_monitors_change_no_weight(watched: Trainer, tmp_path: Path) -> None:
    plain = new_trainer(tmp_path, SHORT)
    plain.fit()
    for path, layer in plain.run.compiled.layers.items():
        for before, after in zip(layer.get_weights(), watched.run.compiled.layers[path].get_weights(), strict=True):
            np.testing.assert_array_equal(before, after)


def test_a_run_is_tagged_with_the_monitors_that_have_failed(watched: Trainer) -> None:
    record = watched.run.collected.record("FINISHED")
    assert record.tags["monitors.failed"] == "distances"
    assert "division by zero" in record.text("findings/distances.failed.txt")


def test_every_monitor_that_works_has_left_metrics_or_figures(watched: Trainer) -> None:
    record = watched.run.collected.record("FINISHED")
    found = {name.partition("/")[0] for name in record.metrics} | {Path(path).stem for path in record.inside("figures")}
    assert found >= {"space", "betas", "purity", "energies", "classes", "display", "network"}
    assert record.metrics["network/gradient_norm/heads"][-1].value > 0
    assert len(record.json("figures/display.json")["event"]["spaces"]["detector"]) > 50


def test_a_monitor_looks_as_often_as_it_says(watched: Trainer) -> None:
    steps = [point.step for point in watched.run.collected.record("").metrics["betas/objects"]]
    drawn = sorted(int(path.stem.rpartition("_")[2]) for path in (watched.run.folder / "plots").glob("space_*.png"))
    # The first look of each is at the start or at the first record, the last one at the end.
    records = steps[1:-1]
    assert drawn == sorted({*records[::2], steps[-1]})


def test_monitors_of_one_moment_share_the_passes_and_not_what_they_do_with_them(
    watched: Trainer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, feed = watched.run.compiled, watched.run.feed
    alone = dict(MonitorRunner(run, feed, 800, tmp_path).look("end", 7, 1))
    passes: list[int] = []
    once = Observing._run

    def counted(self: Observing, refs: Sequence[Ref], batch: Batch) -> Mapping[str, np.ndarray]:
        passes.append(batch.hits)
        return once(self, refs, batch)

    def spoil(self: BetaMonitor, context: MonitorContext) -> Findings:
        for observation in context.observe("validation"):
            observation.values["beta"][:] = 2.0
        return Findings()

    monkeypatch.setattr(Observing, "_run", counted)
    monkeypatch.setattr(BetaMonitor, "look", spoil)
    found = dict(MonitorRunner(run, feed, 800, tmp_path).look("end", 7, 1))
    assert len(passes) == len(feed.batches("validation", 800)) + 1
    one, other = alone["distances"], found["distances"]
    assert isinstance(one, Findings)
    assert isinstance(other, Findings)
    assert one.metrics == other.metrics != {}


def test_the_gradient_of_every_node_is_that_of_the_training(watched: Trainer) -> None:
    run = watched.run
    columns = run.feed.read(*typical_event(run.feed.source)).tensors
    model = run.compiled.training_model
    with preserved(model.variables), tf.GradientTape() as tape:
        said = model({name: columns[name] for name in model.input}, training=True)
        total = sum(terms["loss"] for terms in said.values())
    expected = {
        id(variable): item
        for variable, item in zip(
            model.trainable_variables, tape.gradient(total, model.trainable_variables), strict=True
        )
    }
    found = gradients(run.compiled, columns)
    for path, own in found.items():
        for variable, item in zip(run.compiled.layers[path].trainable_variables, own, strict=True):
            np.testing.assert_allclose(
                item, 0.0 if expected[id(variable)] is None else expected[id(variable)], 1e-4, 1e-6
            )
    assert {"heads", "iterations.0.dense", "iterations.1.dense"} <= found.keys()
