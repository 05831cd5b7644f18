"""What following the code of Keras knows of Python: constants, operators and functions without effects."""

from __future__ import annotations

import ast
import copy
import math
import operator
from collections.abc import Callable
from typing import Any


class Unknown:
    """A value that is not known; compare with `is`."""

    def __repr__(self) -> str:
        return "..."


UNKNOWN = Unknown()

FOREIGN = Unknown()
"""Something of NumPy or TensorFlow: no value that a graph can write is of its types."""

PLAIN = (bool, int, float, str, bytes, type(None), list, tuple, dict, set, frozenset, range, slice)
"""What a graph can write, and what Python makes of it."""


class Refused(Exception):
    """The code raises an exception: its type and its text; `hint`: what to write instead."""

    def __init__(self, kind: str, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.kind, self.message, self.hint = kind, message, hint


class Undecided(Exception):
    """The code depends on what is not known."""


def holds_unknown(value: Any) -> bool:
    """Say whether a value is not known, or a part of it."""
    if isinstance(value, dict):
        return any(map(holds_unknown, value.values()))
    if isinstance(value, list | tuple | set):
        return any(map(holds_unknown, value))
    return isinstance(value, Unknown)


def shown(value: Any) -> str:
    """Return a value as text in a message; the items of a set in order."""
    if holds_unknown(value) or not isinstance(value, PLAIN):
        return "..."
    return f"{{{', '.join(map(repr, sorted(value, key=str)))}}}" if isinstance(value, set) else str(value)


BUILTINS: dict[str, Any] = {
    item.__name__: item
    for item in (
        *(
            isinstance,
            getattr,
            hasattr,
            len,
            int,
            float,
            str,
            bool,
            tuple,
            list,
            dict,
            set,
            frozenset,
            range,
            sorted,
            reversed,
        ),
        *(min, max, sum, any, all, abs, zip, enumerate, round),
    )
}

LIBRARIES: dict[str, Any] = {"math": math, "copy": copy}

FOREIGN_NAMES = ("np", "tf", "jax", "torch")
"""What modules of Keras call libraries whose types are FOREIGN."""

OPERATORS: dict[type[ast.AST], Callable[..., Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
    ast.BitOr: operator.or_,
    ast.BitAnd: operator.and_,
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
    ast.Not: operator.not_,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
    ast.In: lambda item, container: item in container,
    ast.NotIn: lambda item, container: item not in container,
    ast.Subscript: operator.getitem,
}
