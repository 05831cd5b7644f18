"""Columns by expression: with tensors as NumPy computes them, and what is no expression is named."""

from __future__ import annotations

import numpy as np
import pytest

from registry.plugins.layers.expressions.block import Expressions
from registry.plugins.shared.expression_grammar import FUNCTIONS
from registry.plugins.shared.expressions import parse
from registry.plugins.shared.tensor_expressions import functions
from tests.plugins.block_case import Case, assert_close

TEXTS = [
    *("8 * x / hypot(x, y)", "arctan2(y, x)", "0.24 * arcsinh(z / hypot(x, y))", "where(z > 0, x, -1)", "x"),
    *("-x + 2 * y - 3", "clip(x, -1, 1) ** 2", "(x < y) & (y < z) | ~(z < 1)", "exp(-z ** 2 / 144)", "x // 1 + y % 2"),
    *("log1p(abs(x)) + sqrt(abs(y)) - cbrt(z)", "pi * minimum(x, maximum(y, z))", "(x > 0) * 2 + rint(degrees(y))"),
]


def test_expressions_are_computed_as_numpy_computes_them() -> None:
    x = np.random.default_rng(0).normal(size=(50, 3)).astype(np.float32)
    found = Case("expressions:Expressions", names=["x", "y", "z"], columns=TEXTS)(x=x)
    columns = dict(zip("xyz", x.T, strict=True))
    for place, text in enumerate(TEXTS):
        expected = parse(text).value(columns.__getitem__, columns.__getitem__)
        assert_close(found[:, place], expected, 1e-4)


def test_every_function_of_the_loaders_is_there() -> None:
    assert set(functions()) == set(FUNCTIONS)


def test_quotients_with_0_are_0_and_have_a_gradient() -> None:
    case = Case("expressions:Expressions", names=["x", "y"], columns=["x / hypot(x, y)", "arctan2(y, x)"])
    value, (gradient,), _ = case.gradients(lambda found: found[0, 0] + found[0, 1], ("x",), x=np.zeros((1, 2)))
    assert float(value) == 0
    assert np.isfinite(gradient).all()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("8 * u", "'8 * u': there is no 'u'"),
        ("open(x)", "an expression may not call 'open'"),
        ("x +", "'x +' is no column and no expression"),
        ("2 * pi", "'2 * pi' is the same for all hits"),
        ("missing(x)", "'missing(x)': missing() and object.NAME are for columns of files"),
    ],
)
def test_what_is_no_expression_of_the_columns_is_named(text: str, message: str) -> None:
    block = Expressions(Expressions.Params(names=["x", "y"], columns=["x", text]))
    (found,) = block.check()
    assert (found.message, found.parameter) == (message, "columns.1")
