"""No value of a column becomes another one in a cast."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.contract.casting import cast
from registry.contract.data import DataError

WHOLE = ("int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64")


def refused(values: np.ndarray, dtype: str) -> DataError:
    with pytest.raises(DataError) as caught:
        cast(values, dtype, "c", "columns.c")
    assert caught.value.parameter == "columns.c"
    return caught.value


@given(st.data(), st.sampled_from(WHOLE), st.sampled_from((*WHOLE, "float32", "float64")))
def test_whole_numbers_come_out_as_they_are_or_not_at_all(data: st.DataObject, own: str, wanted: str) -> None:
    limits = np.iinfo(own)
    edges = [0, 2**24, 2**24 + 1, 2**31 - 1, 2**31, 2**53 + 1, 2**63 - 1, 2**63, limits.min, limits.max]
    inside = [edge for edge in edges if limits.min <= edge <= limits.max]
    given = data.draw(st.lists(st.one_of(st.integers(limits.min, limits.max), st.sampled_from(inside))))
    try:
        made = cast(np.array(given, dtype=own), wanted, "c")
    except DataError:
        exact = np.dtype(wanted).kind == "f"
        held = [int(np.dtype(wanted).type(item)) == item for item in given] if exact else []
        fits = all(held) if exact else all(np.iinfo(wanted).min <= i <= np.iinfo(wanted).max for i in given)
        assert not fits
    else:
        assert made.dtype == wanted
        assert [int(item) for item in made] == given


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False)))
def test_floats_are_rounded_to_the_nearest_or_refused(values: list[float]) -> None:
    given = np.array(values, dtype=np.float64)
    try:
        made = cast(given, "float32", "c")
    except DataError:
        size = np.abs(given[given != 0])
        assert size.min() < np.finfo(np.float32).tiny or size.max() > np.finfo(np.float32).max
    else:
        np.testing.assert_allclose(made, given, rtol=1e-7, atol=0)


@pytest.mark.parametrize(
    ("values", "dtype", "told"),
    [
        (np.array([1, 1 << 40]), "int32", "is 1099511627776 in row 1.*not within.*2147483647 and would become 0"),
        (np.array([2**64 - 1], np.uint64), "int64", "is 18446744073709551615 in row 0.*would become -1"),
        (np.array([-1]), "uint8", "is -1 in row 0.*not within 0 to 255 and would become 255"),
        (np.array([1.0, 3.7]), "int32", "is 3.7 in row 1.*it would be cut to 3"),
        (np.array([np.nan]), "int32", "is nan in row 0.*it has no whole value"),
        (np.array([2.0**31]), "int32", "is 2147483648.0 in row 0.*not within"),
        (np.array([1e39, 1.0, -1e39]), "float32", "is 1e\\+39 in row 0.*would become inf, and 1 more like it"),
        (np.array([1e-46]), "float32", "is 1e-46 in row 0.*would become 0"),
        (np.array([2**24 + 1]), "float32", "is 16777217 in row 0.*would become 16777216"),
        (np.array([70000.0], np.float32), "float16", "is 70000.0 in row 0.*would become inf"),
        (np.array([2]), "bool", "is 2 in row 0.*would become 1"),
    ],
)
def test_what_a_value_would_become_is_said(values: np.ndarray, dtype: str, told: str) -> None:
    error = refused(values, dtype)
    assert re.search(told, error.message), error.message
    assert error.hint


@pytest.mark.parametrize("dtype", ["datetime64[D]", "timedelta64[s]", "complex64", "object", "U3", "S3", "V8"])
def test_what_is_no_number_is_refused(dtype: str) -> None:
    assert refused(np.zeros(2, dtype=dtype), "float32").message.startswith(
        "column 'c': expected numbers, received dtype"
    )


@pytest.mark.parametrize("own", [">i8", ">f8", ">u2", "bool", "float16", "longdouble"])
def test_byte_order_and_narrow_types_make_no_difference(own: str) -> None:
    made = cast(np.array([0, 1, 1], dtype=own), "float32", "c")
    assert made.dtype.isnative
    assert made.tolist() == [0, 1, 1]


def test_a_column_of_the_right_type_is_not_looked_at() -> None:
    values = np.array([np.nan, np.inf], np.float32)
    np.testing.assert_array_equal(cast(values, "float32", "c"), values)


def test_the_row_is_named_as_the_caller_names_it() -> None:
    with pytest.raises(DataError, match=r"in row 1 \(event 0\)"):
        cast(np.array([[0, 0], [0, 1 << 33]]), "int32", "c", where="row {} (event 0)".format)
