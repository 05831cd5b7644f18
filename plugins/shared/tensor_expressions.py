"""Expressions of columns, `8 * x / hypot(x, y)`, computed with tensors: NumPy's names, TensorFlow's functions."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable
from typing import Any

import tensorflow as tf

SMALLEST = 1e-24
"""Below, the gradient of a square root is 0."""

CONSTANTS = {"pi": math.pi, "e": math.e}


def square_root(x: Any) -> Any:
    """Return sqrt(max(x, 0)), with a finite gradient everywhere."""
    return tf.where(x > SMALLEST, tf.sqrt(tf.maximum(x, SMALLEST)), tf.zeros_like(x))


def hypotenuse(x: Any, y: Any) -> Any:
    """Return sqrt(x^2 + y^2)."""
    return square_root(x * x + y * y)


def azimuth(y: Any, x: Any) -> Any:
    """Return atan2(y, x), 0 where both are 0, with a finite gradient everywhere."""
    nowhere = x * x + y * y <= SMALLEST
    return tf.where(nowhere, tf.zeros_like(x), tf.atan2(y, tf.where(nowhere, tf.ones_like(x), x)))


def _truth(value: Any) -> Any:
    return value if value.dtype == tf.bool else value != 0


def operators() -> dict[str, Callable[..., Any]]:
    """Return what the signs of an expression mean, by the names of Python's grammar; a quotient with 0 is 0."""
    return {
        "Add": tf.add,
        "Sub": tf.subtract,
        "Mult": tf.multiply,
        "Div": tf.math.divide_no_nan,
        "FloorDiv": lambda x, y: tf.floor(tf.math.divide_no_nan(x, y)),
        "Mod": tf.math.floormod,
        "Pow": tf.pow,
        "BitAnd": lambda x, y: _truth(x) & _truth(y),
        "BitOr": lambda x, y: _truth(x) | _truth(y),
        "USub": tf.negative,
        "UAdd": tf.identity,
        "Invert": lambda x: ~_truth(x),
        "Lt": tf.less,
        "LtE": tf.less_equal,
        "Gt": tf.greater,
        "GtE": tf.greater_equal,
        "Eq": tf.equal,
        "NotEq": tf.not_equal,
    }


def functions() -> dict[str, Callable[..., Any]]:
    """Return the functions that an expression may call."""
    return {
        "abs": tf.abs,
        "sign": tf.sign,
        "sqrt": square_root,
        "cbrt": lambda x: tf.sign(x) * tf.pow(tf.maximum(tf.abs(x), SMALLEST), 1 / 3),
        "exp": tf.exp,
        "expm1": tf.math.expm1,
        "log": tf.math.log,
        "log2": lambda x: tf.math.log(x) / math.log(2.0),
        "log10": lambda x: tf.math.log(x) / math.log(10.0),
        "log1p": tf.math.log1p,
        "floor": tf.floor,
        "ceil": tf.math.ceil,
        "rint": tf.math.rint,
        "sin": tf.sin,
        "cos": tf.cos,
        "tan": tf.tan,
        "arcsin": tf.asin,
        "arccos": tf.acos,
        "arctan": tf.atan,
        "arctan2": azimuth,
        "hypot": hypotenuse,
        "degrees": lambda x: x * (180 / math.pi),
        "radians": lambda x: x * (math.pi / 180),
        "sinh": tf.sinh,
        "cosh": tf.cosh,
        "tanh": tf.tanh,
        "arcsinh": tf.asinh,
        "arccosh": tf.acosh,
        "arctanh": tf.atanh,
        "minimum": tf.minimum,
        "maximum": tf.maximum,
        "clip": tf.clip_by_value,
        "where": lambda condition, x, y: tf.where(_truth(condition), x, y),
        "isfinite": tf.math.is_finite,
    }


def evaluated(text: str, column: Callable[[str], Any]) -> Any:
    """Return an expression that has been checked already, as a tensor; `column` gives those that it reads by name."""
    tree = ast.parse(text.strip(), mode="eval").body
    return _value(tree, column, {**operators(), **functions()})


def _value(node: Any, column: Callable[[str], Any], known: dict[str, Callable[..., Any]]) -> Any:
    """Return the value of a part of an expression, in the type of the columns; truth values become 0 and 1."""
    if isinstance(node, ast.Constant):
        return float(node.value)  # type: ignore[arg-type]
    if isinstance(node, ast.Name):
        return CONSTANTS[node.id] if node.id in CONSTANTS else column(node.id)
    if isinstance(node, ast.BinOp):
        name, parts = type(node.op).__name__, [node.left, node.right]
    elif isinstance(node, ast.UnaryOp):
        name, parts = type(node.op).__name__, [node.operand]
    elif isinstance(node, ast.Compare):
        name, parts = type(node.ops[0]).__name__, [node.left, *node.comparators]
    else:
        name, parts = node.func.id, node.args
    values = [_value(part, column, known) for part in parts]
    types = [value.dtype for value in values if tf.is_tensor(value) and value.dtype.is_floating]
    dtype = types[0] if types else tf.float32
    return known[name](
        *(tf.cast(value, dtype) if tf.is_tensor(value) else tf.constant(value, dtype) for value in values)
    )
