"""Objects are numbered anew within each event."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.contract.data import DataError, original_ids
from registry.plugins.loaders.identifiers import check_noise, doubtful_zeros, number_anew
from tests.wiring.helpers import checked_graph_of

EVENTS = st.lists(st.lists(st.sampled_from([-5, -1, 0, 1, 2**31, 2**40, 2**53, 2**53 + 1, 2**63 - 1])), max_size=5)


@given(EVENTS, st.sampled_from(["<i8", ">i8"]))
def test_equal_ids_of_an_event_get_one_number_in_the_order_of_the_ids(events: list[list[int]], dtype: str) -> None:
    ids = np.array([item for event in events for item in event], dtype=dtype)
    splits = np.cumsum([0, *map(len, events)])
    made = number_anew(ids, splits)
    assert made.dtype == np.int32
    expected = []
    for event in events:
        order = sorted({item for item in event if item >= 0})
        expected += [order.index(item) if item >= 0 else -1 for item in event]
    assert made.tolist() == expected


def test_unsigned_ids_of_64_bits_keep_apart() -> None:
    ids = np.array([2**64 - 2, 2**64 - 3, 2**63, 2**63], dtype=np.uint64)
    assert number_anew(ids, np.array([0, 4])).tolist() == [2, 1, 0, 0]


@pytest.mark.parametrize("dtype", [np.int8, np.uint16, np.int64, np.uint64, bool])
def test_ids_that_count_from_0_stay_what_they_are(dtype: type) -> None:
    ids = np.array([1, 0, 1, 0, 0], dtype=dtype)
    assert number_anew(ids, np.array([0, 3, 5])).tolist() == [1, 0, 1, 0, 0]


def test_ids_that_mean_noise_become_noise() -> None:
    ids = np.array([0, 4 << 40, 0, 2**64 - 1, 7], dtype=np.uint64)
    assert number_anew(ids, np.array([0, 5]), [0, 2**64 - 1, -3]).tolist() == [-1, 1, -1, -1, 0]


@pytest.mark.parametrize(
    ("ids", "value"),
    [
        (np.array([3, 2**64 - 1], np.uint64), 2**64 - 1),
        (np.array([3, 2**32 - 1], np.uint32), 2**32 - 1),
        (np.array([3, 2**32 - 1], np.int64), 2**32 - 1),
        (np.array([3, 255], np.uint8), 255),
    ],
)
def test_a_minus_one_without_its_sign_is_asked_about(ids: np.ndarray, value: int) -> None:
    where = "row {}".format
    with pytest.raises(DataError, match=rf"'pid' is {value} in row 1: is that -1") as caught:
        check_noise(ids, None, "pid", "columns.truth_index", where)
    assert f"noise_ids: [{value}]" in caught.value.hint
    check_noise(ids, [], "pid", "columns.truth_index", where)


def test_a_zero_among_packed_ids_is_doubted() -> None:
    packed = np.array([0, 4503668346847232], np.int64)
    (doubt,) = doubtful_zeros(packed, None, "particle_id")
    assert "noise_ids: [0]" in doubt
    assert not doubtful_zeros(packed, [0], "particle_id")
    assert not doubtful_zeros(np.array([0, 1]), None, "particle_id")
    assert not doubtful_zeros(np.array([0, -1, 2**40]), None, "particle_id")


@pytest.mark.parametrize("dtype", [np.int64, np.uint64])
def test_the_loader_keeps_wide_ids_apart_and_the_original_beside_them(arrays, columns, dtype) -> None:
    ids = np.array([(1 + row % 3) << 40 | 1 << 53 for row in range(30)], dtype=dtype)
    columns["id"] = ids + np.arange(30, dtype=dtype) % 2
    source = arrays(filter={"row": {"min": 1}}, min_hits=1).open(1)
    every = np.arange(len(source.sizes("train")))
    numbers, originals = source.read("train", every, None), original_ids(source, "train", every)["truth_index"]
    np.testing.assert_array_equal(originals[:, 0], columns["id"][1:])
    assert originals.dtype == dtype
    splits = numbers["row_splits"]
    for start, stop in pairwise(splits):
        own, known = numbers["truth_index"][start:stop, 0], originals[start:stop, 0]
        assert sorted(set(own.tolist())) == list(range(len(set(known.tolist()))))
        assert len(set(zip(own.tolist(), known.tolist(), strict=True))) == len(set(known.tolist()))


def test_a_graph_may_name_every_id_of_64_bits(tmp_path: Path) -> None:
    ids = np.array([2**64 - 1, 2**63 + 1, 2**63 + 2, 3], np.uint64)
    line = np.arange(4, dtype=np.float32)
    np.savez(tmp_path / "data.npz", e=line + 1, x=line, id=ids, row_splits=np.array([0, 4]))
    text = (
        "blocks:\n  event:\n    use: arrays\n    with:\n      file: data.npz\n"
        "      columns: {features: [e], energy: e, coordinates: [x, x, x], truth_index: id}\n"
        f"      noise_ids: [{2**64 - 1}]\n      filter: {{id: {{values: [{2**64 - 1}, {2**63 + 1}]}}}}\n"
        "      split: {train: 1, validation: 0, test: 0}\noutputs: {e: event.energy}\n"
    )
    (loader,) = checked_graph_of(tmp_path, text).nodes.values()
    columns = loader.block.open(1).read("train", np.array([0]), None)
    assert columns["truth_index"].ravel().tolist() == [-1, 0]
