"""Features on a sphere around their mean."""

from __future__ import annotations

import numpy as np

from tests.plugins.block_case import Case, assert_close

X = np.array([[1.0, -2.0, 4.0], [0.0, 3.0, -3.0]])


def test_features_on_the_sphere_have_mean_0_and_length_root_of_their_number() -> None:
    out = Case("sphere_activation:SphereActivation", return_norm=True)(x=X)
    assert_close(np.asarray(out["x"]).mean(axis=1) + 1, [1, 1])
    assert_close(np.linalg.norm(out["x"], axis=1), [np.sqrt(3)] * 2)
    assert_close(out["norm"][:, 0], np.linalg.norm(X - X.mean(1, keepdims=True), axis=1))


def test_values_follow_the_formula() -> None:
    centred = X - X.mean(1, keepdims=True)
    length = np.sqrt((centred**2).sum(1, keepdims=True) + 1e-6)
    assert_close(Case("sphere_activation:SphereActivation")(x=X)["x"], centred / length * np.sqrt(3))


def test_without_centre_only_the_length_of_the_features_changes() -> None:
    out = Case("sphere_activation:SphereActivation", centre=False)(x=X)
    assert_close(out["x"], X / np.sqrt((X**2).sum(1, keepdims=True) + 1e-6) * np.sqrt(3))
