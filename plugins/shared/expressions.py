"""Columns by expression, `log1p(energy)`, `hypot(x, y)`: parsed into a tree of what is allowed, never run as code."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeGuard

from registry.contract.errors import did_you_mean

if TYPE_CHECKING:
    import numpy as np

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
_BINARY: dict[type[ast.operator], str] = {
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
_UNARY: dict[type[ast.unaryop], str] = {ast.USub: "negative", ast.UAdd: "positive", ast.Invert: "invert"}
_COMPARED: dict[type[ast.cmpop], str] = {
    ast.Lt: "less",
    ast.LtE: "less_equal",
    ast.Gt: "greater",
    ast.GtE: "greater_equal",
    ast.Eq: "equal",
    ast.NotEq: "not_equal",
}
_QUOTED = re.compile(r"`([^`]*)`")
_PLAIN = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*\Z")
LONGEST = 1000
"""Characters of an expression."""


class ExpressionError(ValueError):
    """A text is no column and no expression that is allowed; `hint`: what to write."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


@dataclass(frozen=True)
class Expression:
    """A column, or what is computed from columns; `hits` and `objects`: names of the columns that it reads.

    `masks`: those of `hits` of which it asks where they are missing.
    """

    text: str
    hits: tuple[str, ...]
    objects: tuple[str, ...]
    _tree: ast.expr | None
    _quoted: tuple[str, ...]
    masks: tuple[str, ...] = ()

    @property
    def is_column(self) -> bool:
        """Whether it is one column as it stands."""
        return self._tree is None

    def value(self, hits: Callable[[str], np.ndarray], objects: Callable[[str], np.ndarray]) -> Any:
        """Return the values; `hits` and `objects` give the columns of either kind by name, all of one length.

        `hits` is asked for `missing(NAME)`, too.
        """
        if self._tree is None:
            return hits(self.hits[0]) if self.hits else objects(self.objects[0])
        known = set(self.hits)
        return _value(self._tree, self._quoted, known, hits, objects)


def parse(text: str, columns: Collection[str] | None = None) -> Expression:
    """Return the expression of a text; a text that is the name of a column is that column, whatever signs are in it.

    `columns`: names of the columns there are, None if that is not known. Raises ExpressionError for a text that is
    neither.
    """
    if (columns is not None and text in columns) or _PLAIN.match(text):
        if text.startswith(OBJECT + "."):
            return Expression(text, (), (text.removeprefix(OBJECT + "."),), None, ())
        return Expression(text, (text,), (), None, ())
    if len(text) > LONGEST:
        raise ExpressionError(f"the expression has {len(text)} characters, more than {LONGEST}")
    quoted: list[str] = []

    def keep(found: re.Match[str]) -> str:
        quoted.append(found.group(1))
        return f"_quoted_{len(quoted) - 1}_"

    source = _QUOTED.sub(keep, text)
    try:
        tree = ast.parse(source.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise ExpressionError(f"{text!r} is no column and no expression") from None
    hits: dict[str, None] = {}
    objects: dict[str, None] = {}
    _collect(tree, tuple(quoted), columns, hits, objects)
    masks = dict.fromkeys(_dotted(node.args[0], tuple(quoted)) for node in ast.walk(tree) if _is_mask(node))
    return Expression(text, tuple(hits), tuple(objects), tree, tuple(quoted), tuple(masks))


def mask_of(column: str) -> str:
    """Return the name by which the mask of a column is asked for."""
    return f"{MISSING}({column})"


def _is_mask(node: ast.AST) -> TypeGuard[ast.Call]:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == MISSING


def _collect(
    node: ast.expr,
    quoted: tuple[str, ...],
    columns: Collection[str] | None,
    hits: dict[str, None],
    objects: dict[str, None],
) -> None:
    """Gather the columns that a tree reads; raises ExpressionError for anything that is not allowed."""
    if isinstance(node, ast.Name | ast.Attribute):
        name = _dotted(node, quoted)
        if name.startswith(OBJECT + "."):
            objects[name.removeprefix(OBJECT + ".")] = None
        elif name not in CONSTANTS or (columns is not None and name in columns):
            hits[name] = None
        return
    if isinstance(node, ast.Constant):
        if type(node.value) not in (int, float, bool):
            raise ExpressionError(f"an expression holds {node.value!r}; expected a number")
        return
    if _is_mask(node):
        name = _dotted(node.args[0], quoted) if len(node.args) == 1 and not node.keywords else ""
        if not name or name.startswith(OBJECT + "."):
            raise ExpressionError(f"{MISSING}() takes one column of the hits, received {ast.unparse(node)!r}")
        hits[name] = None
        return
    for child in _children(node):
        _collect(child, quoted, columns, hits, objects)


def _children(node: ast.expr) -> list[ast.expr]:
    if isinstance(node, ast.BinOp) and type(node.op) in _BINARY:
        return [node.left, node.right]
    if isinstance(node, ast.UnaryOp) and type(node.op) in _UNARY:
        return [node.operand]
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in _COMPARED:
        return [node.left, *node.comparators]
    if isinstance(node, ast.Call):
        return _checked_call(node)
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


def _dotted(node: ast.expr, quoted: tuple[str, ...]) -> str:
    """Return the name of a column, "photons.t"."""
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value, quoted)}.{node.attr}"
    if isinstance(node, ast.Name):
        found = re.fullmatch(r"_quoted_(\d+)_", node.id)
        return quoted[int(found.group(1))] if found and int(found.group(1)) < len(quoted) else node.id
    raise ExpressionError(f"an expression may not hold {ast.unparse(node)!r}", "a column is named: energy, photons.t")


def _value(
    node: ast.expr,
    quoted: tuple[str, ...],
    known: Collection[str],
    hits: Callable[[str], np.ndarray],
    objects: Callable[[str], np.ndarray],
) -> Any:
    import numpy as np

    def of(child: ast.expr) -> Any:
        return _value(child, quoted, known, hits, objects)

    if isinstance(node, ast.Constant):
        return node.value
    if _is_mask(node):
        return _wide(hits(mask_of(_dotted(node.args[0], quoted))))
    if isinstance(node, ast.Name | ast.Attribute):
        name = _dotted(node, quoted)
        if name.startswith(OBJECT + "."):
            return _wide(objects(name.removeprefix(OBJECT + ".")))
        return _wide(hits(name)) if name in known else CONSTANTS[name]
    if isinstance(node, ast.BinOp):
        left, right = of(node.left), of(node.right)
        # A power of whole numbers leaves their range unseen.
        first = np.asarray(left, np.float64) if isinstance(node.op, ast.Pow) else left
        return getattr(np, _BINARY[type(node.op)])(first, right)
    if isinstance(node, ast.UnaryOp):
        return getattr(np, _UNARY[type(node.op)])(of(node.operand))
    if isinstance(node, ast.Compare):
        return getattr(np, _COMPARED[type(node.ops[0])])(of(node.left), of(node.comparators[0]))
    assert isinstance(node, ast.Call)
    assert isinstance(node.func, ast.Name)
    return getattr(np, node.func.id)(*map(of, node.args))


def _wide(values: np.ndarray) -> np.ndarray:
    """Return values in a type of 64 bits, in which sums and products keep their digits; truth values stay."""
    kind = values.dtype.kind
    return values if kind == "b" else values.astype({"f": "f8", "i": "i8", "u": "u8"}.get(kind, values.dtype))
