"""What following the code of Keras makes: objects with the attributes that are known, functions, the place it is at."""

from __future__ import annotations

import ast
from dataclasses import field
from typing import Any

from registry.contract.keras_modules import Defined
from registry.contract.records import record
from registry.loading.keras_operations import PLAIN, UNKNOWN, Refused, Unknown


class Returned(Exception):
    """A function returns."""

    def __init__(self, value: Any) -> None:
        super().__init__()
        self.value = value


@record(frozen=False, eq=False)
class Made:
    """An object of a class of Keras, with the attributes that are known."""

    kind: Defined
    attributes: dict[str, Any] = field(default_factory=dict)


@record(frozen=False, eq=False)
class Bound:
    """A method of an object, and the class that defines it."""

    owner: Made
    function: ast.FunctionDef
    home: Defined


@record(frozen=False, eq=False)
class Super:
    """What `super()` means inside a method of `home`."""

    owner: Made
    home: Defined


@record(frozen=False)
class Frame:
    """The function that is being followed."""

    module: str
    names: dict[str, Any]
    owner: Made | None = None
    home: Defined | None = None


_CHANGING = ("append", "extend", "insert", "pop", "remove", "clear", "add", "discard", "update", "setdefault", "sort")
"""Methods that change a list, set or dict."""


def changed_by(node: ast.AST) -> ast.expr | None:
    """Return the container that a piece of code changes in place, if it does."""
    if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store | ast.Del):
        return node.value
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _CHANGING:
        return node.func.value
    return None


def truth_of(value: Any) -> Any:
    return UNKNOWN if isinstance(value, Unknown) else bool(value) if isinstance(value, PLAIN) else True


def is_heavy(function: Defined) -> bool:
    """Say whether a function works on tensors, by the module that defines it."""
    return ".ops." in f"{function.module}." and not function.module.endswith("operation_utils")


def plainly(function: Any, *arguments: Any, **named: Any) -> Any:
    """Call a function of Python; an exception of it is what the code would raise."""
    try:
        return function(*arguments, **named)
    except Exception as error:
        raise Refused(type(error).__name__, str(error)) from error
