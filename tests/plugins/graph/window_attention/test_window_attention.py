"""Attention within windows along a curve, as a layer."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from registry.contract.block import Block
from tests.plugins.block_case import Case, assert_close
from tests.plugins.shared.test_window_attention import HEADS, over_pairs

SMALL = {"n_neighbours": 4, "n_dimensions": 3, "n_filters": 5, "n_propagate": 6, "n_heads": HEADS}
X = np.random.default_rng(0).normal(size=(30, 7))
ROW_SPLITS = [0, 12, 12, 13, 30]
EVENT = np.repeat([0, 2, 3], [12, 1, 17])


@pytest.fixture(params=["window_attention:WindowAttention", "hashed_attention:HashedAttention"])
def use(request: pytest.FixtureRequest) -> str:
    """Both blocks whose hits attend to those that share a window."""
    return str(request.param)


def with_weights(case: Case, **inputs: Any) -> list[np.ndarray]:
    """Give a layer weights that were drawn, and return them."""
    case(**inputs)
    random = np.random.default_rng(1)
    weights = [0.3 * random.normal(size=weight.shape) for weight in case.layer.get_weights()]
    case.layer.set_weights(weights)
    return weights


@pytest.mark.parametrize("extra", [0, 2])
def test_in_windows_as_large_as_events_values_follow_the_formula(use: str, extra: int) -> None:
    inputs, columns = {"x": X, "row_splits": ROW_SPLITS}, np.random.default_rng(2).normal(size=(30, extra))
    if extra:
        inputs["coordinate_features"] = columns
    case = Case(use, **SMALL)
    kernel, bias, space, output, output_bias, *_ = with_weights(case, **inputs)
    s, pairs = np.concatenate([columns, X], 1) @ space, EVENT[:, None] == EVENT
    gathered = over_pairs(*np.split(X @ kernel + bias, 3, axis=1), s, pairs)
    out = case(**inputs)
    assert_close(out["coordinates"], s)
    assert_close(out["features"], np.maximum(np.concatenate([gathered, X], 1) @ output + output_bias, 0))
    distances = ((s[:, None] - s) ** 2).sum(2)
    nearest = np.sort(np.where(pairs, distances, np.inf), axis=1)[:, :5]
    assert_close(out["squared_distances"], np.where(np.isfinite(nearest), nearest, 0))


def test_listed_distances_are_those_of_the_listed_neighbours(use: str) -> None:
    case = Case(use, **SMALL, window=5)
    out = case(x=X, row_splits=ROW_SPLITS)
    s, indices = out["coordinates"].numpy(), out["neighbour_indices"].numpy()
    expected = np.where(indices >= 0, ((s[:, None] - s[indices]) ** 2).sum(2), 0)
    assert_close(out["squared_distances"], expected)
    assert (EVENT[indices] == EVENT[:, None])[indices >= 0].all()


def test_without_return_self_the_hit_is_left_out_of_the_lists_and_nothing_else_changes(use: str) -> None:
    case, other = Case(use, **SMALL, window=5), Case(use, **SMALL, window=5, return_self=False)
    out = case(x=X, row_splits=ROW_SPLITS)
    other(x=X, row_splits=ROW_SPLITS)
    other.layer.set_weights(case.layer.get_weights())
    without = other(x=X, row_splits=ROW_SPLITS)
    assert_close(without["features"], out["features"])
    assert_close(without["neighbour_indices"], out["neighbour_indices"][:, 1:])
    assert_close(without["squared_distances"], out["squared_distances"][:, 1:])


def test_the_learned_space_starts_as_identity_plus_noise(use: str) -> None:
    case = Case(use, coord_initialiser_noise=0.0, **SMALL)
    assert_close(case(x=X, row_splits=ROW_SPLITS)["coordinates"], X[:, :3].astype("float32"))


def test_ports_are_those_of_gravnet(use: str) -> None:
    kind, gravnet = Case(use, **SMALL).kind, Case("gravnet:GravNet", **{k: SMALL[k] for k in list(SMALL)[:4]}).kind
    for ports in ("inputs", "outputs"):
        mine, its = ([(p.name, p.pattern, p.dtype) for p in getattr(each, ports)] for each in (kind, gravnet))
        assert mine == its


def complaints(use: str, **parameters: Any) -> list[str]:
    kind: type[Block] = Case(use, **SMALL).kind
    return [complaint.parameter for complaint in kind(kind.Params(**{**SMALL, **parameters})).check()]


def test_heads_share_the_width_equally(use: str) -> None:
    assert complaints(use) == []
    assert complaints(use, n_heads=4) == ["n_heads"]


def test_there_is_a_curve_for_each_axis_at_most() -> None:
    assert complaints("window_attention:WindowAttention", n_orders=4) == ["n_orders"]
