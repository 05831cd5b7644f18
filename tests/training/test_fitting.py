"""Transforms are fitted to the training events alone, one behind the other, and are saved with the model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from registry.compiling.model import compile_graph
from registry.compiling.saved_model import load_model
from registry.contract.errors import InputError
from registry.training.events import open_data
from registry.training.fitting import fit_transforms, fitted_values
from registry.wiring.opening import open_graph

GRAPH = """
name: transformed
blocks:
  event:
    use: arrays
    with:
      file: events.npz
      columns: {features: [x, t, layer], truth_index: id}
      split: {train: 0.5, validation: 0.25, test: 0.25, seed: 3}
  log: {use: log, in: event, with: {columns: [t]}}
  scaled: {use: standardise, in: log, with: {columns: [t, x]}}
  layers: {use: one_hot, in: scaled, with: {columns: [layer], categories: 4}}
  heads: {use: output_heads, in: layers.features, with: {n_ccoords: 2}}
  loss: {use: basic_object_condensation, in: {"*": [heads, layers]}}
outputs: {features: layers.features, beta: heads.beta}
"""


@pytest.fixture
def graph(tmp_path: Path) -> Any:
    """Return a function that writes the graph, with changes, and compiles it with its events."""
    random = np.random.default_rng(1)
    splits = np.arange(0, 401, 20)
    columns = {"x": random.normal(3, 5, 400), "t": random.exponential(2, 400), "layer": random.integers(0, 4, 400)}
    np.savez(tmp_path / "events.npz", row_splits=splits, id=random.integers(0, 3, 400), **columns)

    def make(*changes: tuple[str, str]) -> Any:
        text = GRAPH
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        (tmp_path / "graph.yaml").write_text(text)
        checked = open_graph(str(tmp_path / "graph.yaml"))
        return compile_graph(checked), open_data(checked.loader, 1)

    return make


def test_training_events_are_standardised_behind_the_logarithm_and_the_model_keeps_it(graph, tmp_path):
    compiled, source = graph()
    lines = list(fit_transforms(compiled, source))
    assert lines[1] == "fitted: scaled (standardise) to 200 hits of 10 training events"
    every = np.arange(10)
    given = source.read("train", every, None)
    found = compiled.inference(dict(given))["features"].numpy()
    np.testing.assert_allclose(found[:, :2].mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(found[:, :2].std(axis=0), 1, rtol=1e-5)
    logarithm = np.log(given["features"][:, 1])
    np.testing.assert_allclose(found[:, 1], (logarithm - logarithm.mean()) / logarithm.std(), atol=1e-4)
    np.testing.assert_array_equal(found[:, 2:].argmax(axis=1), given["features"][:, 2])
    compiled.inference.save(tmp_path / "model.keras")
    loaded = load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded(dict(given))["features"].numpy(), found)
    kept = json.loads(json.dumps(fitted_values(compiled)))
    assert kept["scaled"]["columns"] == ["t", "x"]
    np.testing.assert_allclose(
        kept["scaled"]["values"]["mean"], [logarithm.mean(), given["features"][:, 0].mean()], rtol=1e-5
    )


def test_events_that_a_transform_cannot_be_fitted_to_are_an_error_at_its_node(graph):
    compiled, source = graph(("columns: [t]}", "columns: [t, x]}"))
    with pytest.raises(InputError) as caught:
        list(fit_transforms(compiled, source))
    (problem,) = caught.value.problems
    assert problem.node == "log"
    assert problem.message.startswith("log: there is no logarithm of 'x' for ")


def test_a_column_that_is_not_there_is_an_error_at_its_name(graph):
    with pytest.raises(InputError) as caught:
        graph(("columns: [t, x]", "columns: [t, lay]"))
    (problem,) = caught.value.problems
    assert "there is no column 'lay'" in problem.message
    assert problem.origin.line == 11
