"""Weights of hits, objects, classes and events, and hits that several objects share, as files have them."""

from __future__ import annotations

import numpy as np
import pytest

from registry.contract.data import DataError

ALL = np.arange(10)


def test_weights_are_columns_or_expressions(arrays, columns):
    names = {"hit_weight": "2 * e", "object_weight": "e_true", "event_weight": "where(sample == 1, 0.5, 1)"}
    data = arrays(columns=names).open(1).read("train", ALL, None)
    np.testing.assert_allclose(data["hit_weight"][:, 0], 2 * columns["e"], rtol=1e-6)
    np.testing.assert_allclose(data["object_weight"][:, 0], columns["e_true"], rtol=1e-6)
    np.testing.assert_array_equal(data["event_weight"][:, 0], np.where(columns["sample"] == 1, 0.5, 1))


def test_classes_have_weights_beside_those_of_objects(arrays, columns):
    classes = {"column": "abs(kind)", "weights": {"1": 3.0, "0": 0.5}, "other": 2.0}
    data = arrays(columns={"object_weight": "e_true"}, class_weights=classes).open(1).read("train", ALL, None)
    of_class = np.select([np.abs(columns["kind"]) == 1, columns["kind"] == 0], [3.0, 0.5], 2.0)
    np.testing.assert_allclose(data["object_weight"][:, 0], of_class * columns["e_true"], rtol=1e-6)


def test_what_the_network_sees_of_a_hit_may_be_its_weight(arrays, columns):
    data = arrays(columns={"hit_weight": "e"}).open(1).read("train", ALL, None)
    np.testing.assert_array_equal(data["hit_weight"], data["energy"])


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ({"hit_weight": "e - 100"}, "'hit_weight' is -"),
        ({"event_weight": "e"}, "'event_weight' is another one than in the hit before, in row "),
    ],
)
def test_a_weight_that_cannot_be_one_is_named_with_its_row(arrays, names, message):
    with pytest.raises(DataError, match=message):
        arrays(columns=names).open(1)


def shared(arrays, columns, **options):
    """Return the events of hits to which three objects contribute."""
    random = np.random.default_rng(5)
    hits = len(columns["e"])
    part = random.exponential(1.0, (hits, 3)) * (random.random((hits, 3)) < 0.6)
    columns |= {f"c{number}": part[:, number] for number in range(3)}
    settings = {"columns": {"truth_index": None}, "contributions": {"weights": "c{0:3}"}, "shares": 2, **options}
    return part, arrays(**settings).open(1).read("train", ALL, None)


def test_shares_are_those_of_the_energies_by_falling_share(arrays, columns):
    part, data = shared(arrays, columns, shares=3)
    event = np.repeat(np.arange(10), np.diff(data["row_splits"]))
    total = part.sum(axis=1)
    main = np.where(total > 0, part.argmax(axis=1), -1)
    for hit in range(len(part)):
        own = np.unique(main[(event == event[hit]) & (main >= 0)])
        wanted = {int(np.flatnonzero(own == one)[0]): part[hit, one] / total[hit] for one in own if part[hit, one] > 0}
        found = zip(data["truth_objects"][hit], data["truth_fractions"][hit], strict=True)
        assert {int(one): share for one, share in found if one >= 0} == pytest.approx(wanted, rel=1e-5)
        assert (np.diff(data["truth_fractions"][hit]) <= 0).all()


def test_the_object_with_the_largest_share_is_first_and_the_hits_own(arrays, columns):
    _, data = shared(arrays, columns)
    own = data["truth_index"][:, 0] >= 0
    np.testing.assert_array_equal(data["truth_objects"][own, 0], data["truth_index"][own, 0])
    assert data["truth_objects"].shape == data["truth_fractions"].shape == (len(columns["e"]), 2)


def test_fractions_stay_as_they_are_and_may_not_exceed_1(arrays, columns):
    columns |= {"c0": np.full(len(columns["e"]), 0.25), "c1": np.full(len(columns["e"]), 0.5)}
    settings = {"columns": {"truth_index": None}, "contributions": {"weights": "c{0:2}"}, "shares": 2}
    data = arrays(**settings, shares_are="fractions").open(1).read("train", ALL, None)
    np.testing.assert_array_equal(data["truth_fractions"][:, 0], 0.5)
    columns["c0"] += 0.5
    with pytest.raises(DataError, match=r"the fractions of row \d+ \(event 0\) of events.npz add up to 1\.25"):
        arrays(**settings, shares_are="fractions").open(1)


def test_shares_without_contributions_are_a_conflict(arrays):
    complaints = list(arrays(shares=2).check())
    assert [item.parameter for item in complaints] == ["shares"]
