"""A run as an object: trained, its metrics read, its model used, compared and listed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import registry
from tests.stores import make_store

pytestmark = pytest.mark.slow

TINY = Path(__file__).parents[1] / "training" / "graphs" / "tiny.yaml"


Trained = tuple[registry.Graph, registry.Run]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(autouse=True)
def _in_the_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)


@pytest.fixture(scope="module")
def trained(folder: Path) -> Trained:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        make_store(folder)
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        graph = registry.load(TINY, set={"General.description-string": "by a test"})
        return graph, registry.train(graph)


def test_a_run_has_an_address_a_status_and_metrics_by_step(trained: Trained) -> None:
    _, run = trained
    assert run.status == "FINISHED"
    assert run.folder.is_dir()
    assert f"run:{run.id}" in repr(run)
    assert "epoch/seconds" in run.metrics
    assert run.metrics.index.is_monotonic_increasing


def test_a_run_predicts_events_without_their_truth(trained: Trained) -> None:
    graph, run = trained
    events = graph.source().read("test", np.arange(1), None)
    found = run.predict({name: column for name, column in events.items() if not name.startswith("truth")})
    assert set(found) == set(graph.outputs)
    with pytest.raises(registry.InputError, match="takes a column 'features'"):
        run.predict({name: column for name, column in events.items() if name != "features"})


def test_the_model_of_a_run_is_loaded_from_its_file_and_by_its_address(
    trained: Trained,
) -> None:
    graph, run = trained
    events = graph.source().read("test", np.arange(1), None)
    by_address = registry.load_model(f"run:{run.id}")
    by_file = registry.load_model(run.folder / "model.keras")
    weights = zip(by_address.get_weights(), by_file.get_weights(), strict=True)
    assert all(np.array_equal(one, other) for one, other in weights)
    assert run.predict(events)


def test_runs_are_listed_with_their_metrics_and_fingerprints(trained: Trained) -> None:
    graph, run = trained
    listed = registry.runs(graph.name)
    assert list(listed.index) == [run.id]
    assert listed.loc[run.id, "status"] == "FINISHED"
    assert listed.loc[run.id, "fingerprint.architecture"] == graph.fingerprints.architecture
    assert "General.seed" in registry.runs(graph.name, parameters=True)
    with pytest.raises(registry.RunError, match="no runs of the experiment 'other'"):
        registry.runs("other")


def test_a_run_is_compared_with_the_graph_that_made_it(trained: Trained) -> None:
    graph, run = trained
    assert registry.diff(run, graph).equal
    assert registry.diff(f"run:{run.id}", run).equal


def test_options_may_have_the_file_name_of_their_graph(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    make_store(tmp_path)
    for room in ("configs", "graphs"):
        (tmp_path / room).mkdir()
    (tmp_path / "configs" / "tiny.yaml").write_text(TINY.with_name("tiny_options.yaml").read_text())
    text = TINY.read_text().replace("config: tiny_options.yaml", "config: ../configs/tiny.yaml")
    (tmp_path / "graphs" / "tiny.yaml").write_text(text)
    graph = registry.load("graphs/tiny.yaml")
    assert registry.diff(registry.train(graph), graph).equal


def test_the_model_is_read_once_however_often_a_run_predicts(trained: Trained, monkeypatch: pytest.MonkeyPatch) -> None:
    graph, run = trained
    events = graph.source().read("test", np.arange(1), None)
    run.predict(events)
    monkeypatch.setattr("registry.interface.run.load_model", lambda *_: pytest.fail("read again"))
    assert run.predict(events)


def test_a_compiled_graph_has_both_models_and_starts_as_a_training_does() -> None:
    graph = registry.load(TINY)
    first, second = graph.compile(), graph.compile()
    assert repr(first).startswith("<Compiled 'tiny': ")
    assert "\n" not in repr(first)
    assert first.training is not None
    assert first.inference is not None
    weights = zip(first.inference.get_weights(), second.inference.get_weights(), strict=True)  # type: ignore[union-attr]
    assert all(np.array_equal(one, other) for one, other in weights)
