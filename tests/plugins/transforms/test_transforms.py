"""Transforms: fitted to some hits, they make of these what their formulas say, and hand everything else on."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm, rankdata

from registry.contract.axes import AxisMismatch, TensorType
from registry.contract.data import DataError
from tests.plugins.block_case import Case
from tests.plugins.built_in import built_in_blocks

NAMES = {
    "standardise": ("standardise:Standardise", {}),
    "min_max": ("min_max:MinMax", {"low": -1.0}),
    "log": ("log:Log", {}),
    "quantile": ("quantile:Quantile", {"quantiles": 50}),
    "one_hot": ("one_hot:OneHot", {"columns": None, "categories": 12}),
}

few = settings(max_examples=6, deadline=None)


def fitted(use: str, features: np.ndarray, pieces: int = 1, **parameters: Any) -> Case:
    """Return a transform that is fitted to features [hits, F], in pieces."""
    case = Case(use, **parameters)
    case(features=features, rest={})
    fitting = case.block.fitting()
    for piece in np.array_split(features, pieces):
        fitting.add(piece[:, case.block.places].astype(np.float64))
    case.layer.set_weights([np.asarray(item, np.float32) for item in fitting.found()])
    return case


def made(case: Case, features: np.ndarray) -> np.ndarray:
    return np.asarray(case(features=features, rest={})["features"])


def values(seed: int, hits: int = 200, columns: int = 3) -> np.ndarray:
    random = np.random.default_rng(seed)
    widths, centres = random.uniform(0.1, 50, columns), random.uniform(-20, 20, columns)
    return (random.normal(size=(hits, columns)) * widths + centres).astype(np.float32)


def test_every_transform_is_held_to_these_laws():
    assert set(NAMES) == {block.name for block in built_in_blocks() if block.kind == "transform"}


@few
@given(seed=st.integers(0, 10**6), pieces=st.integers(1, 5), together=st.booleans())
def test_standardised_hits_have_mean_0_and_width_1(seed, pieces, together):
    found = made(fitted("standardise:Standardise", values(seed), pieces, together=together), values(seed))
    np.testing.assert_allclose(found.mean(axis=0), 0, atol=1e-4)
    width = np.sqrt(found.var(axis=0).mean()) if together else found.std(axis=0)
    np.testing.assert_allclose(width, 1, rtol=1e-4)


def test_one_width_for_all_keeps_the_proportions_of_distances():
    x = values(1)
    found = made(fitted("standardise:Standardise", x, together=True), x)
    ratio = np.linalg.norm(found[1:] - found[0], axis=1) / np.linalg.norm(x[1:] - x[0], axis=1)
    np.testing.assert_allclose(ratio, ratio[0], rtol=1e-4)


def test_a_column_that_never_varies_becomes_0():
    x = np.full((10, 1), 7, np.float32)
    for use in ("standardise:Standardise", "min_max:MinMax"):
        np.testing.assert_array_equal(made(fitted(use, x), x), 0)


@few
@given(seed=st.integers(0, 10**6), pieces=st.integers(1, 5))
def test_a_range_is_spanned(seed, pieces):
    found = made(fitted("min_max:MinMax", values(seed), pieces, low=-1.0, high=3.0), values(seed))
    np.testing.assert_allclose([found.min(axis=0), found.max(axis=0)], [[-1] * 3, [3] * 3], atol=1e-4)


def test_values_beyond_those_of_the_training_stay_in_the_range_if_it_is_asked_for():
    case = fitted("min_max:MinMax", np.array([[0.0], [2.0]], np.float32), clip=True)
    np.testing.assert_allclose(made(case, np.array([[-1.0], [1.0], [9.0]], np.float32)), [[0], [0.5], [1]])


def test_the_logarithm_of_other_events_is_finite():
    case = fitted("log:Log", np.array([[2.0], [0.5]], np.float32))
    np.testing.assert_allclose(made(case, np.array([[-3.0], [0.0], [2.0]], np.float32))[:, 0], np.log([0.5, 0.5, 2]))


def test_a_value_without_a_logarithm_is_named():
    x = np.array([[1.0, 1.0], [1.0, 0.0]], np.float32)
    with pytest.raises(DataError, match="no logarithm of 'column 1' for 1 hits of the training events: the least is 0"):
        fitted("log:Log", x)
    np.testing.assert_allclose(made(fitted("log:Log", x, floor=0.1), x)[1, 1], np.log(0.1))
    np.testing.assert_allclose(made(fitted("log:Log", x, offset=1.0), x), np.log1p(x))


@few
@given(seed=st.integers(0, 10**6))
def test_quantiles_are_the_shares_of_hits_below(seed):
    x = values(seed, hits=101)
    found = made(fitted("quantile:Quantile", x, 3, quantiles=101), x)
    np.testing.assert_allclose(found, (rankdata(x, axis=0) - 1) / 100, atol=1e-4)


def test_equal_values_get_the_middle_of_their_shares():
    x = np.array([0, 0, 0, 0, 1, 2, 3, 4], np.float32)[:, None]
    case = fitted("quantile:Quantile", x, quantiles=8)
    np.testing.assert_allclose(made(case, x)[0, 0], 1.5 / 7, atol=1e-6)


def test_quantiles_under_a_gauss_are_those_of_scipy():
    x = values(2, hits=99, columns=1)
    found = made(fitted("quantile:Quantile", x, quantiles=99, distribution="normal"), x)
    np.testing.assert_allclose(found, norm.ppf(np.clip((rankdata(x, axis=0) - 1) / 98, 1e-7, 1 - 1e-7)), atol=0.05)


def test_a_sample_stands_for_all_hits():
    x = values(3, hits=20_000, columns=1)
    found = made(fitted("quantile:Quantile", x, 7, quantiles=100, sample=2_000), x)
    np.testing.assert_allclose(np.quantile(found, [0.1, 0.5, 0.9]), [0.1, 0.5, 0.9], atol=0.04)


@few
@given(st.lists(st.integers(-4, 6), min_size=1, max_size=30))
def test_one_hot_columns_say_the_category(numbers):
    x = np.array(numbers, np.float32)[:, None]
    found = made(fitted("one_hot:OneHot", x, 2, columns=None, categories=11), x)
    np.testing.assert_array_equal(found.sum(axis=1), 1)
    np.testing.assert_array_equal(np.unique(numbers)[found.argmax(axis=1)], numbers)


def test_a_category_that_is_not_known_has_no_column():
    case = fitted("one_hot:OneHot", np.array([[1.0], [3.0]], np.float32), columns=[0], values=[3, 1])
    np.testing.assert_array_equal(made(case, np.array([[1.0], [2.0], [3.0]], np.float32)), [[0, 1], [0, 0], [1, 0]])


def test_more_categories_than_columns_and_a_broken_one_are_named():
    with pytest.raises(DataError, match="'column 0' has more than 1 values in the training events"):
        fitted("one_hot:OneHot", np.array([[1.0], [2.0]], np.float32), columns=[0], categories=1)
    with pytest.raises(DataError, match=r"'column 0' is 0\.5 in a training event"):
        fitted("one_hot:OneHot", np.array([[0.5]], np.float32), columns=[0], categories=1)


@pytest.mark.parametrize("name", NAMES)
def test_other_columns_are_handed_on_as_they_are(name):
    use, parameters = NAMES[name]
    x = np.abs(np.rint(values(4, hits=20))) % 10 + 1
    case = fitted(use, x, **{**parameters, "columns": [1]})
    other = np.arange(20, dtype=np.float32)[:, None]
    found = case(features=x, rest={"other": other})
    features = np.asarray(found["features"])
    np.testing.assert_array_equal(found["other"], other)
    np.testing.assert_array_equal(features[:, [0, -1]], x[:, [0, 2]])
    alone = made(fitted(use, x[:, 1:2], **parameters), x[:, 1:2])
    np.testing.assert_allclose(features[:, 1:-1], alone, rtol=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_a_fitted_transform_is_restored_from_its_configuration_and_weights(name):
    use, parameters = NAMES[name]
    x = np.abs(np.rint(values(5, hits=20))) % 10 + 1
    case = fitted(use, x, **parameters)
    expected, weights = made(case, x), case.layer.get_weights()
    case.layer = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(case.layer))
    made(case, x)
    case.layer.set_weights(weights)
    np.testing.assert_array_equal(made(case, x), expected)


def test_columns_are_found_by_their_names():
    case = Case("standardise:Standardise", columns=["t", 0])
    types, bindings = case._types(case._inputs({"features": values(0), "rest": {}}))
    named = TensorType(types["features"].axes, columns=("x", "y", "t"))
    found = case.block.output_types({"features": named, "rest": {}}, bindings, "case")
    assert case.block.layer_config()["columns"] == [2, 0]
    assert found["features"].columns == ("x", "y", "t")
    with pytest.raises(AxisMismatch, match="there is no column 't' in"):
        case.block.output_types(types, bindings, "case")
