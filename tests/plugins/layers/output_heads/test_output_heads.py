"""The output heads."""

from __future__ import annotations

import numpy as np
import pytest

from registry.contract.axes import Axis, AxisMismatch, Bindings, TensorType
from registry.plugins.layers.output_heads.block import OutputHeads
from tests.plugins.block_case import Case, assert_close
from tests.plugins.formulas import elu, sigmoid, softmax

X = np.random.default_rng(0).normal(size=(40, 8)).astype("float32")


def test_every_head_starts_in_its_range() -> None:
    out = {name: np.asarray(value) for name, value in Case("output_heads:OutputHeads")(x=X).items()}
    assert ((out["beta"] > 0) & (out["beta"] < 1)).all()
    assert (out["energy_factor"] == 1).all()
    assert (out["distance"] == 1).all()
    assert (out["energy_low_quantile"] >= 0).all()
    assert (out["time_uncertainty"] > 0).all()
    assert np.abs(out["time"] - 10).max() < 1
    assert_close(out["classes"].sum(axis=1), np.ones(40))


def test_weights_come_in_the_order_of_the_outputs() -> None:
    case = Case("output_heads:OutputHeads", n_ccoords=4, fix_distance_scale=False, predict_spectator_weights=True)
    case(x=X)
    names = [weight.name for weight in case.layer.weights]
    assert names[:3] == ["beta_kernel", "beta_bias", "ccoords_kernel"]
    assert names[-2:] == ["spectator_weight_kernel", "spectator_weight_bias"]


def test_the_number_of_weights_is_that_of_the_original() -> None:
    case = Case("output_heads:OutputHeads", n_ccoords=6)
    case(x=X)
    assert case.layer.count_params() == 6 * 9 + 8 * 6 + 2 * 8 + 6 * 9


def test_a_predicted_distance_scale_lies_between_0_and_2() -> None:
    distance = np.asarray(Case("output_heads:OutputHeads", fix_distance_scale=False)(x=X)["distance"])
    assert ((distance > 0) & (distance < 2)).all()
    assert distance.std() > 0


def test_tracks_can_be_condensation_points_by_decree() -> None:
    is_track = (np.arange(40)[:, None] < 5).astype("float32")
    out = Case("output_heads:OutputHeads", set_track_betas_to_one=True)(x=X, is_track=is_track)
    assert_close(out["beta"][:5], np.full((5, 1), 0.9999))
    assert (np.asarray(out["beta"][5:]) != np.float32(0.9999)).all()


def test_the_decree_without_tracks_is_refused() -> None:
    block = OutputHeads(OutputHeads.Params(set_track_betas_to_one=True))
    with pytest.raises(AxisMismatch, match="input 'is_track': expected with set_track_betas_to_one: true"):
        block.output_types({"x": TensorType((Axis("hits"), 8))}, Bindings(), "heads")


def test_every_head_follows_its_formula() -> None:
    case = Case("output_heads:OutputHeads", fix_distance_scale=False, predict_spectator_weights=True)
    case(x=X)
    random = np.random.default_rng(1)
    weights = [random.normal(size=weight.shape) for weight in case.layer.get_weights()]
    case.layer.set_weights(weights)
    named = dict(zip((weight.name for weight in case.layer.weights), weights, strict=True))

    def dense(name: str, x: np.ndarray = X) -> np.ndarray:
        return x @ named[f"{name}_kernel"] + named.get(f"{name}_bias", 0)

    small = 0.01 * X
    expected = {
        "beta": sigmoid(dense("beta")),
        "ccoords": dense("ccoords"),
        "distance": 2 * sigmoid(dense("distance")),
        "energy_factor": 1 + elu(dense("energy_factor", small)),
        "energy_low_quantile": np.maximum(dense("energy_low_quantile"), 0),
        "energy_high_quantile": np.maximum(dense("energy_high_quantile"), 0),
        "position": dense("position"),
        "time": 10 + dense("time", small),
        "time_uncertainty": 1 + elu(dense("time_uncertainty", small)),
        "classes": softmax(dense("classes")),
        "spectator_weight": sigmoid(dense("spectator_weight")),
    }
    out = case(x=X)
    assert set(out) == set(expected)
    for name, value in expected.items():
        assert_close(out[name], value)
    assert {name for name in named if name.endswith("_bias")}.isdisjoint({"ccoords_bias", "position_bias"})


def test_a_linear_energy_head_has_no_offset() -> None:
    case = Case("output_heads:OutputHeads", energy_factor=False)
    case(x=X)
    kernel = np.ones((8, 1))
    case.layer.set_weights([kernel if w.name == "energy_factor_kernel" else w.numpy() for w in case.layer.weights])
    assert_close(case(x=X)["energy_factor"], 0.01 * X @ kernel)
