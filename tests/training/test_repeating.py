"""A run is repeated, and goes on, on a machine that has nothing of it but the store."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import registry
from registry.contract.tracker import RunStore
from registry.interface.run import Run
from registry.loading.blocks import load_registry
from registry.tracking.runs import Runs
from registry.training.differences import other_kernels
from registry.training.events import open_data
from registry.training.finding import find_checkpoint
from registry.training.identity import identify
from registry.training.repeating import REPEATS, repeated
from registry.training.saved import Saved
from tests.stores import make_store

pytestmark = pytest.mark.slow

GRAPH = """
name: net
config: options.yaml
plugins: [theirs/scale.py]
blocks:
  event:
    use: showers
    with: {train_events: 3, validation_events: 1, test_events: 1, min_showers: 2, max_showers: 2, max_energy: 5.0}
  pre: {use: preprocess.none, in: event}
  scale: {use: my_scale, in: pre.features}
  heads: {use: output_heads, in: scale, with: {n_ccoords: 2}}
  loss: {use: basic_object_condensation, in: {"*": [heads, pre]}}
outputs: {beta: heads.beta, row_splits: pre.row_splits}
"""
STAGE = "{batch_size: 500, learning_rate: 0.01, epochs: 1}"
OPTIONS = f"General: {{seed: 3, tracker: TRACKER}}\nPlotting: {{page: false}}\nTraining: [{STAGE}]\n"
STORES = {"folder": ("mlruns/runs",), "mlflow": ("mlruns/mlflow.db", "mlruns/artifacts")}
"""What there is to copy of the runs of a tracker."""
PLUGIN = """
from registry import Block, Port, hookimpl

class MyScale(Block):
    "Halves."
    name = "my_scale"
    kind = "layer"
    layer = "scale_layer:Scale"
    inputs = (Port("x", "hits features", "any"),)
    outputs = (Port("x", "hits features", "half of it"),)

@hookimpl
def register_blocks():
    return [MyScale]
"""
LAYER = """
import keras
from registry import BlockLayer

@keras.saving.register_keras_serializable("repeating")
class Scale(BlockLayer):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)

    def call(self, x):
        return x / 2

    def compute_output_shape(self, shape):
        return shape
"""


@pytest.fixture(scope="module", params=STORES)
def tracker(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def run(tracker: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Saved]]:
    """A run with a layer of a plugin: its identifier and its checkpoint. Only its store is left, in another folder."""
    home, away = (tmp_path_factory.mktemp(name) for name in ("home", "away"))
    (home / "theirs").mkdir()
    for name, text in (("scale.py", PLUGIN), ("scale_layer.py", LAYER)):
        (home / "theirs" / name).write_text(text)
    (home / "graph.yaml").write_text(GRAPH)
    (home / "options.yaml").write_text(OPTIONS.replace("TRACKER", tracker))
    make_store(home)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(home)
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        made = registry.train(registry.load("graph.yaml"))
        saved = checkpoint(made.id, tracker)
        (away / "mlruns").mkdir()
        for place in STORES[tracker]:
            (shutil.copytree if Path(place).is_dir() else shutil.copyfile)(place, away / place)
        patch.chdir(away)
        shutil.rmtree(home)
        yield made.id, saved


def store(tracker: str) -> RunStore:
    return load_registry().trackings[tracker].store()


def checkpoint(named: str, tracker: str) -> Saved:
    return find_checkpoint(named, Runs(load_registry().trackings.values(), tracker)).saved


def assert_equal(one: Sequence[np.ndarray], other: Sequence[np.ndarray]) -> None:
    for first, second in zip(one, other, strict=True):
        np.testing.assert_array_equal(first, second)


def test_a_run_is_repeated_to_equal_weights_with_its_plugins(
    run: tuple[str, Saved], tracker: str, capsys: pytest.CaptureFixture[str]
) -> None:
    named, saved = run
    again: Run = registry.train(registry.load(f"run:{named}"))
    assert again.id != named
    assert_equal(checkpoint(again.id, tracker).model, saved.model)
    assert store(tracker).tags(again.id)[REPEATS] == named
    assert "in the run" not in capsys.readouterr().err


def test_a_run_goes_on_in_itself_with_a_stage_more(run: tuple[str, Saved], tracker: str) -> None:
    named, saved = run
    longer = registry.load(f"run:{named}", set=[f"Training=[{STAGE}, {STAGE}]"])
    assert registry.train(longer, resume=f"run:{named}").id == named
    now = checkpoint(named, tracker)
    assert (saved.position.epochs_done, now.position.epochs_done) == (1, 2)


def test_what_differs_here_is_said(run: tuple[str, Saved]) -> None:
    graph = registry.load(f"run:{run[0]}", set=["General.seed=4", "Training.0.batch_size=400"])
    now = identify(graph.checked, graph.options, open_data(graph.checked.loader, 4))
    found = repeated(graph.checked, graph.options, replace(now, data="others", versions={**now.versions, "numpy": "1"}))
    assert found is not None
    said = "\n".join(problem.message for problem in found.differences)
    for part in ("General.seed was 3 in the run, and is 4", "Training.0.batch_size", "the events were others", "numpy"):
        assert part in said
    assert {problem.severity for problem in found.differences} == {"warning"}
    # Its files are in a folder of this process, which tells nobody anything.
    (events,) = (problem for problem in found.differences if "the events were others" in problem.message)
    assert events.headline().startswith(f"run:{run[0]} (source/graph.yaml):")
    (kernels,) = other_kernels(found.made, replace(now, kernels="tensorflow on GPU"))
    assert "the kernels were auto on CPU in the run, and are tensorflow on GPU now" in kernels.message


def test_a_graph_of_a_file_repeats_nothing(run: tuple[str, Saved], tmp_path: Path) -> None:
    assert repeated(replace(registry.load("builtin:gravnet.yaml").checked, address=""), None, run[1].identity) is None
