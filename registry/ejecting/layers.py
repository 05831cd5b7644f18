"""Writes the class of a block's layer as a layer of Keras: a constructor of its own in the place of the block."""

from __future__ import annotations

import ast
import json
import math
import sys
import types
from collections.abc import Iterator
from typing import Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from registry.contract.block import Block
from registry.contract.layer import BlockLayer
from registry.ejecting.edits import Edit, whole_lines
from registry.ejecting.source import SourceModule

LEFT_OUT = ("schedule",)
"""Methods that only the stages of a training call."""

MARGIN = 120
"""Characters of a line, at the most."""


def methods_left_out(source: SourceModule, node: ast.AST) -> Iterator[tuple[int, int]]:
    """Yield what of a layer's class is not written: its block, and what only the stages of a training call."""
    if not isinstance(node, ast.ClassDef) or not issubclass(runtime_class(source, node), BlockLayer):
        return
    for item in node.body:
        stated = isinstance(item, ast.Assign) and _targets(item) == ["block"]
        if stated or (isinstance(item, ast.FunctionDef) and item.name in LEFT_OUT):
            yield whole_lines(source.text, *source.span(item))


def runtime_class(source: SourceModule, node: ast.ClassDef) -> type:
    """Return the class that a module's text defines."""
    found: type = vars(sys.modules[source.name])[node.name]
    return found


def registered_as(source: SourceModule, node: ast.ClassDef, package: str) -> Iterator[Edit]:
    """Yield what lets Keras know a class as one of the script, and not as the one that it was made of."""
    for decorator in node.decorator_list:
        if "register_keras_serializable" in ast.dump(decorator):
            yield Edit(*source.span(decorator), f'keras.saving.register_keras_serializable("{package}")')


def class_edits(source: SourceModule, node: ast.ClassDef, kind: type) -> Iterator[Edit]:
    """Yield the changes of a layer's class: its parameters are arguments of its constructor."""
    if not issubclass(kind, BlockLayer):
        return
    own = [item for item in node.body if isinstance(item, ast.FunctionDef)]
    place = source.starts[_line_before(node, own) - 1]
    if kind.block is not None and "block" in vars(kind):
        yield Edit(place, place, _constructor(kind, kind.block))
    elif "__init__" in vars(kind) and "get_config" not in vars(kind):
        yield Edit(place, place, _configuration(kind.parameter_names()))


def _line_before(node: ast.ClassDef, methods: list[ast.FunctionDef]) -> int:
    """Return the line that the constructor stands in front of: that of the first method."""
    if not methods:
        assert node.end_lineno is not None
        return node.end_lineno + 1
    return min(methods[0].lineno, *(item.lineno for item in methods[0].decorator_list), methods[0].lineno)


def _targets(node: ast.Assign) -> list[str]:
    return [item.id for item in node.targets if isinstance(item, ast.Name)]


def _constructor(kind: type[BlockLayer], block: type[Block]) -> str:
    """Return the methods `__init__` and `get_config` of a layer, from the parameters of its block."""
    fields = block.Params.model_fields
    taken = []
    for name, field in fields.items():
        default = f" = {text(field.get_default(call_default_factory=True))}" if has_default(field) else ""
        taken.append(f"{name}: {annotation(field.annotation)}{default}")
    # Those without a default come first only by convention: they are given by name.
    arguments = ["self", *(["*"] if taken else []), *taken, "**kwargs: Any"]
    above = [base for base in kind.__mro__[1:] if issubclass(base, BlockLayer) and vars(base).get("block") is not None]
    call = "keras.layers.Layer.__init__(self, **kwargs)" if above else "super().__init__(**kwargs)"
    lines = [*signature("    def __init__(", arguments, ") -> None:"), f"        {call}"]
    lines += [f"        self.{name} = {name}" for name in fields]
    if kind.setup is not BlockLayer.setup:
        lines.append("        self.setup()")
    return "\n".join([*lines, "", _configuration(list(fields))]) if fields or len(lines) > 2 else ""


def has_default(field: FieldInfo) -> bool:
    """Say whether a parameter has a default in the script: a list would be one for all layers."""
    value = None if field.is_required() else field.get_default(call_default_factory=True)
    return not field.is_required() and not isinstance(value, list | dict)


def _configuration(names: list[str]) -> str:
    """Return the method `get_config` of a layer with some arguments."""
    items = ["**super().get_config()", *(f'"{name}": self.{name}' for name in names)]
    lines = ["    def get_config(self) -> dict[str, Any]:", '        """Return the arguments of the constructor."""']
    return "\n".join([*lines, *signature("        return {", items, "}"), "", ""])


def signature(before: str, items: list[str], after: str) -> list[str]:
    """Return a call, or what has the form of one, on one line, or with a line for each of its items."""
    line = f"{before}{', '.join(items)}{after}"
    if len(line) <= MARGIN:
        return [line]
    indent = " " * (len(before) - len(before.lstrip()))
    return [before, *(f"{indent}    {item}," for item in items), f"{indent}{after}"]


def text(value: object) -> str:
    """Return how a plain value is written, texts in double quotes."""
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, float) and not math.isfinite(value):
        return f'float("{value}")'
    if isinstance(value, list | tuple):
        inner = ", ".join(map(text, value))
        return f"[{inner}]" if isinstance(value, list) else f"({inner}{',' * (len(value) == 1)})"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{text(key)}: {text(item)}' for key, item in value.items())}}}"
    return repr(value)


def annotation(kind: Any) -> str:
    """Return how a type is written in Python; "Any" for what needs an import."""
    if kind is None or kind is type(None):
        return "None"
    origin = get_origin(kind)
    if isinstance(kind, type) and origin is None:
        return kind.__name__ if kind.__module__ == "builtins" else "Any"
    if origin is Literal:
        return annotation(type(get_args(kind)[0]))
    if origin in (Union, types.UnionType):
        parts = [annotation(item) for item in get_args(kind)]
        return "Any" if "Any" in parts else " | ".join(dict.fromkeys(parts))
    if origin in (list, dict, tuple):
        inner = ", ".join(annotation(item) for item in get_args(kind) if item is not Ellipsis)
        return f"{origin.__name__}[{inner}]" if inner and origin is not tuple else origin.__name__
    if hasattr(kind, "__metadata__"):
        return annotation(get_args(kind)[0])
    return "Any"
