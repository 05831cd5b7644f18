"""What an expression of columns may hold: names, numbers, operators and functions."""

from __future__ import annotations

import ast
import re
from typing import TypeGuard

from registry.contract.spelling import did_you_mean

OBJECT = "object"
"""`object.energy` is the column `energy` of the object that a hit belongs to."""

FUNCTIONS = (
    *("abs", "sign", "sqrt", "cbrt", "exp", "expm1", "log", "log2", "log10", "log1p", "floor", "ceil", "rint"),
    *("sin", "cos", "tan", "arcsin", "arccos", "arctan", "arctan2", "hypot", "degrees", "radians"),
    *("sinh", "cosh", "tanh", "arcsinh", "arccosh", "arctanh"),
    *("minimum", "maximum", "clip", "where", "isfinite"),
)
"""Functions of NumPy that an expression may call."""

MISSING = "missing"
"""`missing(time)` is 1 where the file has no number in the column `time`, null or nan, and 0 elsewhere."""

CONSTANTS = {"pi": 3.141592653589793, "e": 2.718281828459045}
"""Numbers by name, where no column has that name."""

_ARGUMENTS = {"arctan2": 2, "hypot": 2, "minimum": 2, "maximum": 2, "clip": 3, "where": 3}
BINARY: dict[type[ast.operator], str] = {
    ast.Add: "add",
    ast.Sub: "subtract",
    ast.Mult: "multiply",
    ast.Div: "true_divide",
    ast.FloorDiv: "floor_divide",
    ast.Mod: "remainder",
    ast.Pow: "power",
    ast.BitAnd: "bitwise_and",
    ast.BitOr: "bitwise_or",
}
UNARY: dict[type[ast.unaryop], str] = {ast.USub: "negative", ast.UAdd: "positive", ast.Invert: "invert"}
COMPARED: dict[type[ast.cmpop], str] = {
    ast.Lt: "less",
    ast.LtE: "less_equal",
    ast.Gt: "greater",
    ast.GtE: "greater_equal",
    ast.Eq: "equal",
    ast.NotEq: "not_equal",
}
_STAND_IN = re.compile(r"\b_quoted_(\d+)_\b")


class WholeNumberError(ArithmeticError):
    """A whole number leaves the range of its type; `row`: of the values that were given, None if it is none of them."""

    hint = "ids need only differ within their event: combine smaller numbers; others are decimals after `1.0 *`"

    def __init__(self, message: str, row: int | None = None) -> None:
        super().__init__(message)
        self.row = row


class ExpressionError(ValueError):
    """A text is no column and no expression that is allowed; `hint`: what to write."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


def mask_of(column: str) -> str:
    """Return the name by which the mask of a column is asked for."""
    return f"{MISSING}({column})"


def is_mask(node: ast.AST) -> TypeGuard[ast.Call]:
    """Say whether a part of a tree is `missing(NAME)`."""
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == MISSING


def children(node: ast.expr) -> list[ast.expr]:
    """Return the parts of an operation; raises ExpressionError for one that is not allowed."""
    if isinstance(node, ast.BinOp) and type(node.op) in BINARY:
        return [node.left, node.right]
    if isinstance(node, ast.UnaryOp) and type(node.op) in UNARY:
        return [node.operand]
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in COMPARED:
        return [node.left, *node.comparators]
    if isinstance(node, ast.Call):
        return _checked_call(node)
    if isinstance(node, ast.Subscript):
        name = ast.unparse(node).replace(", ", ",")
        hint = f"a column whose name has other signs stands in backticks, `{name}`, beside what is computed of it"
        raise ExpressionError(f"no column is called {name!r}", hint)
    raise ExpressionError(
        f"an expression may not hold {ast.unparse(node)!r}",
        f"allowed: columns, numbers, + - * / // % **, comparisons, & | ~, {MISSING}(), and {', '.join(FUNCTIONS)}",
    )


def _checked_call(node: ast.Call) -> list[ast.expr]:
    if not isinstance(node.func, ast.Name) or node.func.id not in FUNCTIONS:
        name = ast.unparse(node.func)
        hint = did_you_mean(name, FUNCTIONS) or f"functions: {', '.join(FUNCTIONS)}"
        raise ExpressionError(f"an expression may not call {name!r}", hint)
    wanted = _ARGUMENTS.get(node.func.id, 1)
    if node.keywords or len(node.args) != wanted or any(isinstance(item, ast.Starred) for item in node.args):
        given = len(node.args) + len(node.keywords)
        raise ExpressionError(f"{node.func.id} takes {wanted} values, it is given {given}")
    return node.args


def dotted(node: ast.expr, quoted: tuple[str, ...]) -> str:
    """Return the name of a column, "photons.t"; raises ExpressionError for what is none."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value, quoted)}.{node.attr}"
    if isinstance(node, ast.Name):
        return unquoted(node.id, quoted)
    raise ExpressionError(f"an expression may not hold {ast.unparse(node)!r}", "a column is named: energy, photons.t")


def unquoted(text: str, quoted: tuple[str, ...]) -> str:
    """Return a text in which names stand as they were written in backticks."""
    return _STAND_IN.sub(lambda found: quoted[int(found[1])] if int(found[1]) < len(quoted) else found[0], text)
