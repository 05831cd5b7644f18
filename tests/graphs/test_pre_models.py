"""Trained pre-models in front of the network: their weights, what they hand on, and predictions for all hits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from registry.compiling.model import Compiled, compile_graph
from registry.contract.errors import InputError
from registry.training.weights import load_subgraph_weights
from registry.wiring.checked_graph import Ref
from registry.wiring.opening import open_graph
from tests.graphs.helpers import FEW_EVENTS, SMALL, Model, opened
from tests.graphs.helpers import GRAPHS as GRAPHS_FOLDER
from tests.graphs.keras2 import recorded_layers, write_h5
from tests.plugins.block_case import assert_close, golden

RECORDINGS = {"noise-filter": "g_noise_filter", "pre-pooling": "g_tiny_pc_pool_newformat"}
FAULTS = {
    "noise-filter": "PreModels.noise-filter.with.NoiseFilter.legacy_theta=true",
    "pre-pooling": "PreModels.pre-pooling.with.Pooling.legacy_self_weight=true",
}
"""Settings that restore the original's faults, for what was recorded with them."""

GRAPHS = {"noise-filter": "noise_filter", "pre-pooling": "pooling"}
TYPES = tuple(RECORDINGS)


def settings(kind: str, path: Path | str, *more: str) -> tuple[str, ...]:
    return (f"General.pre-model-type={kind}", f"General.pre-model-path={path}", *FEW_EVENTS, *SMALL, *more)


def probe(compiled: Compiled, columns: dict[str, Any], *ports: str) -> dict[str, np.ndarray]:
    """Return outputs of the pre-model."""
    model = compiled.probe([Ref("pre", port) for port in ports])
    found = model({name: tf.convert_to_tensor(columns[name]) for name in model.input}, training=False)
    return {name.removeprefix("pre."): np.asarray(value) for name, value in found.items()}


class Recorded:
    """A recording of a pre-model, and what the graph makes of the same hits with the recorded weights."""

    def __init__(self, kind: str, reference: Path, folder: Path) -> None:
        self.recording = golden(reference, RECORDINGS[kind])[0]
        hits = golden(reference, "g_pool_inputs")[0]
        path = write_h5(folder / "KERAS_model.h5", recorded_layers(self.recording))
        self.compiled = compile_graph(opened("gravnet", *settings(kind, path, FAULTS[kind])))
        self.loaded = load_subgraph_weights(self.compiled)
        features = hits["features"]
        self.columns = {
            "event.features": features,
            "event.row_splits": hits["row_splits"].astype("int32"),
            "event.energy": features[:, :1],
            "event.coordinates": features[:, 5:8],
            "event.is_track": (features[:, 2:3] != 0).astype("float32"),
            "event.truth_index": hits["t_idx"].astype("int32"),
            "event.truth_energy": hits["t_energy"],
        }

    def __call__(self, *ports: str) -> dict[str, np.ndarray]:
        return probe(self.compiled, self.columns, *ports)


@pytest.fixture(scope="module")
def noise_filter(reference: Path, tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    return Recorded("noise-filter", reference, tmp_path_factory.mktemp("noise_filter"))


@pytest.fixture(scope="module")
def pooling(reference: Path, tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    return Recorded("pre-pooling", reference, tmp_path_factory.mktemp("pooling"))


@pytest.mark.slow
def test_all_weights_of_an_hgcalml_file_find_their_nodes(noise_filter: Recorded, pooling: Recorded) -> None:
    for recorded, values, nodes in ((noise_filter, 7_972, 5), (pooling, 17_778, 23)):
        (loaded,) = recorded.loaded
        assert (loaded.values, len(loaded.matched), loaded.unused) == (values, nodes, [])


@pytest.mark.slow
def test_the_noise_filter_hands_on_what_was_recorded(noise_filter: Recorded) -> None:
    recording = noise_filter.recording
    ports = ("score", "kept_hits", "row_splits", "features", "coordinates", "energy", "is_track", "truth_index")
    found = noise_filter(*ports, "truth_energy")
    # Hits lie at equal places, and which of them is a neighbour is open: the score may differ where there are such.
    assert np.mean(np.abs(found["score"] - recording["mid_noisescore"]) < 1e-5) > 0.75
    assert np.array_equal(found["kept_hits"], recording["no_noise_sel"])
    assert np.array_equal(found["row_splits"], recording["no_noise_rs"])
    assert np.array_equal(found["truth_index"], recording["t_idx"])
    for port, name in (
        ("features", "features"),
        ("coordinates", "coords"),
        ("energy", "rechit_energy"),
        ("is_track", "is_track"),
        ("truth_energy", "t_energy"),
    ):
        assert_close(found[port], recording[name])


@pytest.mark.slow
def test_the_pooling_hands_on_what_was_recorded(pooling: Recorded) -> None:
    recording = pooling.recording
    ports = ("score", "kept_hits", "row_splits", "energy", "is_track", "truth_index", "features")
    found = pooling(*ports, "coordinates", "condensation_coordinates", "x_in")
    # Behind the sigmoid of a long chain: processors that round otherwise differ in the fifth digit.
    assert_close(found["score"], recording["mid_pcp_score"], 5e-5)
    assert np.array_equal(found["kept_hits"], recording["trans_sel_idx_up"])
    assert np.array_equal(found["row_splits"], recording["out_row_splits"])
    assert np.array_equal(found["truth_index"], recording["out_t_idx"])
    assert_close(found["energy"], recording["out_rechit_energy"])
    assert_close(found["is_track"], recording["out_is_track"])
    assert found["x_in"].shape[1] == 180
    # Means over weights of 1e-22 keep few digits, in the recording as here: most rows agree to the last one.
    for port, name in (
        ("features", "out_features"),
        ("coordinates", "out_coords"),
        ("condensation_coordinates", "out_cond_coords"),
    ):
        error = np.abs(found[port] - recording[name]).max(axis=1) / np.abs(recording[name]).max()
        assert np.mean(error < 1e-5) > 0.98
        assert error.max() < 1e-2


@pytest.mark.slow
@pytest.mark.parametrize("kind", TYPES)
def test_a_model_trained_here_keeps_its_weights_behind_another_name(kind: str, tmp_path: Path) -> None:
    alone = Model.of(opened(GRAPHS[kind], *FEW_EVENTS))
    columns = alone.batch()
    model = alone.compiled.inference
    assert model is not None
    model.save(tmp_path / "model.keras")
    expected = alone.predict(columns)["score"]
    compiled = compile_graph(opened("gravnet", *settings(kind, tmp_path / "model.keras")))
    (loaded,) = load_subgraph_weights(compiled)
    assert not loaded.unused
    np.testing.assert_allclose(probe(compiled, columns, "score")["score"], expected, rtol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("kind", TYPES)
def test_predictions_come_back_to_all_hits_with_zeros_for_dropped_ones(
    kind: str, request: pytest.FixtureRequest
) -> None:
    recorded: Recorded = request.getfixturevalue({"noise-filter": "noise_filter", "pre-pooling": "pooling"}[kind])
    model = Model(recorded.compiled, source=None)  # type: ignore[arg-type]
    found = model.predict({name: tf.convert_to_tensor(value) for name, value in recorded.columns.items()})
    kept = np.zeros((3000, 1))
    kept[recorded("kept_hits")["kept_hits"][:, 0]] = 1
    assert np.array_equal(found["kept"], kept)
    assert np.array_equal(found["distance"], kept)  # 1 for every hit the network has seen
    assert not found["beta"][kept == 0].any()
    assert found["classes"].shape == (3000, 6)
    assert not found["classes"][kept[:, 0] == 0].any()
    assert np.array_equal(found["row_splits"], recorded.columns["event.row_splits"])
    assert np.array_equal(found["energy"], recorded.columns["event.energy"])


@pytest.mark.slow
def test_a_pre_model_is_frozen(noise_filter: Recorded, pooling: Recorded) -> None:
    for recorded in (noise_filter, pooling):
        training = recorded.compiled.training
        assert training is not None
        assert not [weight.path for weight in training.trainable_variables if weight.path.startswith("pre.")]


@pytest.mark.slow
def test_weights_that_do_not_match_are_all_named(reference: Path, tmp_path: Path) -> None:
    layers = recorded_layers(golden(reference, RECORDINGS["noise-filter"])[0])
    del layers["noiseFilterdense1a"]
    kernel, bias = layers["noiseFilterdense1b"].values()
    layers["noiseFilterdense1b"] = {"kernel": kernel[:-1], "bias": bias}
    path = write_h5(tmp_path / "KERAS_model.h5", layers)
    compiled = compile_graph(opened("gravnet", *settings("noise-filter", path)))
    with pytest.raises(InputError) as caught:
        load_subgraph_weights(compiled)
    messages = {problem.node: problem.message for problem in caught.value.problems if problem.severity == "error"}
    assert set(messages) == {"pre.dense_a", "pre.dense_b"}
    assert "no layer 'dense_a' or 'noiseFilterdense1a'" in messages["pre.dense_a"]
    assert "expected shapes [(32, 32), (32,)], received [(31, 32), (32,)]" in messages["pre.dense_b"]
    (note,) = [problem.message for problem in caught.value.problems if problem.severity == "warning"]
    assert "of 3 nodes" in note
    assert note.endswith(": space, messages, score")


@pytest.mark.slow
def test_weights_are_searched_beside_the_file_that_names_them(reference: Path, tmp_path: Path) -> None:
    write_h5(tmp_path / "KERAS_model.h5", recorded_layers(golden(reference, RECORDINGS["noise-filter"])[0]))
    (tmp_path / "mine.yaml").write_text("General: {pre-model-type: noise-filter, pre-model-path: KERAS_model.h5}\n")
    graph = str(GRAPHS_FOLDER / "gravnet.yaml")
    (loaded,) = load_subgraph_weights(
        compile_graph(open_graph(graph, [str(tmp_path / "mine.yaml")], [*FEW_EVENTS, *SMALL]))
    )
    assert len(loaded.matched) == 5


@pytest.mark.slow
@pytest.mark.parametrize("name", ["broken.keras", "broken.h5", "model.txt"])
def test_a_file_without_weights_is_an_error_that_names_it(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text("no model")
    compiled = compile_graph(opened("gravnet", *settings("noise-filter", tmp_path / name)))
    with pytest.raises(InputError, match=rf"weights '.*{name}' cannot be read: "):
        load_subgraph_weights(compiled)


@pytest.mark.slow
def test_a_frozen_pre_model_without_weights_is_refused() -> None:
    compiled = compile_graph(opened("gravnet", *settings("noise-filter", "")))
    with pytest.raises(InputError, match="no source of them is named"):
        load_subgraph_weights(compiled)


def test_every_pre_model_type_is_wired_alike() -> None:
    outputs = {
        kind: {
            name: [axis if isinstance(axis, int) else str(axis) for axis in node.nodes[ref.node].types[ref.port].axes]
            for name, ref in node.outputs.items()
        }
        for kind in ("none", "pass-through", *TYPES)
        for node in [opened("gravnet", *settings(kind, "model.keras"))]
    }
    assert all(one == outputs["none"] for one in outputs.values())


def test_nothing_is_dropped_without_a_pre_model() -> None:
    for kind in ("none", "pass-through"):
        checked = opened("gravnet", *settings(kind, ""))
        assert "all_hits" not in checked.nodes
        assert checked.outputs["beta"].node == "heads"


def test_the_original_embeds_hits_and_tracks_apart_but_not_what_is_pooled() -> None:
    for kind, embedded in (("none", True), ("noise-filter", True), ("pre-pooling", False)):
        checked = opened("gravnet", *settings(kind, "model.keras"))
        assert ("embed_tracks" in checked.nodes) == embedded


def test_an_unknown_pre_model_type_is_refused() -> None:
    with pytest.raises(InputError, match="no 'pre-clustering' in 'PreModels'"):
        opened("gravnet", "General.pre-model-type=pre-clustering")
