"""Features of pairs against geometry written down again, and lines whose closest approach is known."""

from __future__ import annotations

import numpy as np
import pytest

from registry.plugins.graph.pair_features.quantities import QUANTITIES
from tests.plugins.block_case import Case, assert_close

INDICES = np.array([[1, 2, -1], [0, 3, 2], [1, -1, -1], [-1, -1, -1]])


def features(places: np.ndarray, indices: np.ndarray, *columns: str, **parameters: object) -> np.ndarray:
    case = Case("pair_features:PairFeatures", columns=list(columns), **parameters)
    return np.asarray(case(coordinates=places, neighbour_indices=indices))


def test_every_quantity_is_that_of_its_formula_and_0_without_a_neighbour() -> None:
    places = np.random.default_rng(1).normal(size=(4, 3))
    centre = [0.1, -0.2, 0.3]
    found = features(places, INDICES, *QUANTITIES, centre=centre)
    p = (places - centre)[:, None]
    q = (places - centre)[np.maximum(INDICES, 0)]
    p, d = np.broadcast_to(p, q.shape), q - p
    r, r_n, across = np.hypot(*p.T[:2]).T, np.hypot(*q.T[:2]).T, np.hypot(*d.T[:2]).T
    phi, phi_n = np.arctan2(p[..., 1], p[..., 0]), np.arctan2(q[..., 1], q[..., 0])
    distance, turn = np.linalg.norm(d, axis=2), p[..., 0] * d[..., 1] - p[..., 1] * d[..., 0]
    along = p[..., 0] * d[..., 0] + p[..., 1] * d[..., 1]

    def angle(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return np.arccos((a * b).sum(2) / np.linalg.norm(a, axis=2) / np.linalg.norm(b, axis=2))

    expected = {"r": r, "r_n": r_n, "phi": phi, "phi_n": phi_n, "distance": distance, "distance_xy": across}
    expected |= {"theta": np.arctan2(r, p[..., 2]), "theta_n": np.arctan2(r_n, q[..., 2])}
    expected |= {"eta": np.arcsinh(p[..., 2] / r), "eta_n": np.arcsinh(q[..., 2] / r_n), "dr": r_n - r}
    expected |= {"deta": np.arcsinh(q[..., 2] / r_n) - np.arcsinh(p[..., 2] / r)}
    expected |= {"dphi": np.angle(np.exp(1j * (phi_n - phi))), "sin_dphi": np.sin(phi_n - phi)}
    expected |= {"opening": angle(p, q), "line_angle": angle(p, d), "slope_r": along / r / d[..., 2]}
    expected |= {"slope_t": turn / r / d[..., 2], "axis_distance": turn / across}
    expected |= {"axis_z": p[..., 2] - along * d[..., 2] / across**2}
    expected |= {"point_distance": np.linalg.norm(np.cross(p, d), axis=2) / distance}
    for place, axis in enumerate("xyz"):
        expected |= {axis: p[..., place], f"{axis}_n": q[..., place], f"d{axis}": d[..., place]}
        expected |= {f"u{axis}": d[..., place] / distance}
    for place, name in enumerate(QUANTITIES):
        assert_close(found[..., place], np.where(INDICES >= 0, expected[name], 0), 1e-4)


def test_the_line_through_two_hits_passes_the_axis_where_it_was_drawn() -> None:
    start, way = np.array([0.2, 0.0, 4.0]), np.array([0.0, 0.3, 2.0])
    places = np.stack([start + way, start + 3 * way])
    found = features(places, np.array([[1], [0]]), "axis_distance", "axis_z", "point_distance")
    assert_close(np.abs(found[:, 0, 0]), [0.2, 0.2])
    assert_close(found[:, 0, 1], [4.0, 4.0])
    beside = features(places, np.array([[1], [0]]), "axis_distance", "point_distance", centre=start.tolist())
    assert np.abs(beside).max() < 1e-5


@pytest.mark.parametrize("places", [np.zeros((2, 3)), np.ones((2, 3)), np.array([[0.0, 0, 1], [0, 0, 2]])])
def test_hits_at_one_place_or_on_the_axis_have_finite_features_and_gradients(places: np.ndarray) -> None:
    case = Case("pair_features:PairFeatures", columns=list(QUANTITIES))
    inputs = {"coordinates": places, "neighbour_indices": np.array([[1], [0]])}
    value, (gradient,), _ = case.gradients(lambda found: found[0, 0, 0] + sum_of(found), ("coordinates",), **inputs)
    assert np.isfinite(value)
    assert np.isfinite(gradient).all()


def sum_of(found):
    import tensorflow as tf

    return tf.reduce_sum(found)
