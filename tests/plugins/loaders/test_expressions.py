"""Columns by expression: what they may hold, what they compute, and that they are never run as code."""

from __future__ import annotations

import numpy as np
import pytest

from registry.plugins.shared.expression_grammar import ExpressionError, WholeNumberError
from registry.plugins.shared.expressions import parse

X, Y = np.array([3.0, -1.0]), np.array([4.0, 2.0])
COLUMNS = {"x": X, "y": Y, "photons.t": X, "hits/t": Y, "id": np.array([2**53 + 1, 4])}
COLUMNS |= {"event": np.array([1, 2**62]), "cell": np.array([2**64 - 1, 0], np.uint64)}
COLUMNS |= {"short": np.array([2**31 - 1, 1], np.int32), "least": np.array([1, -(2**63)])}


def value(text: str) -> np.ndarray:
    return np.asarray(parse(text, COLUMNS).value(COLUMNS.__getitem__, lambda name: COLUMNS[name] * 10))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("hypot(x, y)", np.hypot(X, Y)),
        ("log1p(y) - x / 2", np.log1p(Y) - X / 2),
        ("arctan2(y, -x)", np.arctan2(Y, -X)),
        ("where(x < 0, 0, x ** 2)", np.array([9.0, 0.0])),
        ("photons.t * 2", 2 * X),
        ("hits/t", Y),
        ("`hits/t` + pi", Y + np.pi),
        ("object.x + y", 10 * X + Y),
        ("clip(x, 0, 1)", np.array([1.0, 0.0])),
        ("(x > 0) & (y > 3)", np.array([True, False])),
        ("id - 1", np.array([2**53, 3])),
    ],
)
def test_an_expression_computes_what_numpy_computes(text, expected):
    np.testing.assert_array_equal(value(text), expected)


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('true')",
        "x.__class__()",
        "(lambda: x)()",
        "[x for x in y]",
        "x if y else x",
        "exec(x)",
        "x[0]",
        "hypot(x)",
        "hypot(x, y=y)",
        "'text'",
        "x and y",
        "x +",
        "x" + " + x" * 1000,
        "(" * 900,
    ],
)
def test_anything_else_is_refused(text):
    with pytest.raises(ExpressionError):
        parse(text, COLUMNS)


def test_a_function_that_is_nearly_right_is_suggested():
    with pytest.raises(ExpressionError) as caught:
        parse("hypott(x, y)", COLUMNS)
    assert caught.value.hint == "did you mean 'hypot'?"


def test_what_an_expression_reads_is_known_without_computing_it():
    found = parse("log1p(x) + object.pt * pi", COLUMNS)
    assert (found.hits, found.objects) == (("x",), ("pt",))


@pytest.mark.parametrize(
    ("text", "row", "message"),
    [
        (
            "event * 4",
            1,
            f"event * 4 of {2**62} and 4 is {2**64}; expected {-(2**63)} to {2**63 - 1}, the range of int64",
        ),
        ("event + event", 1, f"event + event of {2**62} and {2**62} is {2**63}; "),
        ("id - least", 1, f"id - least of 4 and {-(2**63)} is {2**63 + 4}; "),
        ("where(id > 9, 0, `least`) * 1000 + id", 1, f" * 1000 of {-(2**63)} and 1000 is {-(2**63) * 1000}; "),
        ("-least", 1, f"-least of {-(2**63)} is {2**63}; "),
        ("abs(least)", 1, f"abs(least) of {-(2**63)} is {2**63}; "),
        ("cell + 1", 0, f"cell + 1 of {2**64 - 1} and 1 is {2**64}; expected 0 to {2**64 - 1}, the range of uint64"),
        ("cell - 1", 1, "cell - 1 of 0 and 1 is -1; "),
        ("4611686018427387904 * 2 + x", None, f"of {2**62} and 2 is {2**63}; "),
        ("id * 36893488147419103232", None, "id * 36893488147419103232: "),
        ("36893488147419103232 * 2", None, "36893488147419103232 * 2: "),
    ],
)
def test_whole_numbers_that_leave_their_range_are_named_with_their_row(text, row, message):
    with pytest.raises(WholeNumberError) as caught:
        value(text)
    assert message in str(caught.value)
    assert caught.value.row == row


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("event + (event - 1)", [1, 2**63 - 1]),
        ("cell // 2", [2**63 - 1, 0]),
        ("short * 4 + 3", [2**33 - 1, 7]),
        ("(0 - event) - 4611686018427387904", [-1 - 2**62, -(2**63)]),
        ("1.0 * event * 4", [4.0, 2.0**64]),
    ],
)
def test_whole_numbers_up_to_the_ends_of_their_range_are_exact(text, expected):
    made = value(text)
    assert [made.dtype.type(item) for item in expected] == list(made)
