"""The words of a picture: shapes, parameters that differ from their defaults, names cut to a width."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic_core import PydanticUndefined

from registry.contract.axes import Axis, Size, TensorType
from registry.contract.block import Block
from registry.wiring.checked_graph import CheckedGraph, CheckedNode

TIMES = "\u00d7"
ARROW = "\u2192"
ELLIPSIS = "\u2026"


class Shapes:
    """Writes tensor types for a picture; an axis is told from others of its name by the node that made it."""

    def __init__(self, checked: CheckedGraph) -> None:
        makers: dict[str, set[str]] = {}
        for node in checked.nodes.values():
            for type_ in node.types.values():
                for axis in (*type_.axes, type_.points_to):
                    if isinstance(axis, Axis):
                        makers.setdefault(axis.name, set()).add(_without_passes(axis.origin))
        self._ambiguous = {name for name, origins in makers.items() if len(origins) > 1}

    def text(self, type_: TensorType) -> str:
        """Return a type as "hits x 64", with the dtype if it is not float32, and what indices point into."""
        shape = f" {TIMES} ".join(self._axis(axis) for axis in type_.axes) or "scalar"
        dtype = "" if type_.dtype == "float32" else f" {type_.dtype}"
        target = f" {ARROW} {self._axis(type_.points_to)}" if type_.points_to else ""
        return shape + dtype + target

    def _axis(self, size: Size) -> str:
        if not isinstance(size, Axis):
            return str(size)
        maker = f"@{size.origin}" if size.name in self._ambiguous and size.origin else ""
        return f"{size.name}{maker}" + (f"+{size.offset}" if size.offset else "")


def _without_passes(path: str) -> str:
    return ".".join(step for step in path.split(".") if not step.isdigit())


def merged(texts: Iterable[str]) -> str:
    """Return what several passes have in one text: "hits x 64" and "hits x 128" are "hits x 64|128"."""
    distinct = list(dict.fromkeys(texts))
    if len(distinct) < 2:
        return "".join(distinct)
    parts = [text.split(" ") for text in distinct]
    if len({len(words) for words in parts}) > 1:
        return " | ".join(distinct)
    return " ".join("|".join(dict.fromkeys(words)) for words in zip(*parts, strict=True))


def changed_parameters(node: CheckedNode) -> dict[str, Any]:
    """Return the parameters of a node's block that have no default, or another value than it, as they are shown."""
    values = node.shown_parameters()
    defaults = default_parameters(type(node.block))
    return {name: value for name, value in values.items() if name not in defaults or defaults[name] != value}


def default_parameters(kind: type[Block]) -> dict[str, Any]:
    """Return the default of every parameter that has one, as plain values."""
    defaults = {}
    for name, field in kind.Params.model_fields.items():
        value = field.get_default(call_default_factory=True)
        if value is not PydanticUndefined:
            plain = value.model_dump(mode="json", by_alias=True) if hasattr(value, "model_dump") else value
            defaults[field.alias or name] = plain
    return defaults


def value_text(value: Any) -> str:
    """Return a parameter's value on one line, in YAML's flow style."""
    if isinstance(value, str):
        return value if value and value == value.strip() else json.dumps(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {value_text(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(value_text(item) for item in value) + "]"
    return json.dumps(value) if isinstance(value, bool) or value is None else format(value)


def clipped(text: str, length: int) -> str:
    """Return a text of at most `length` characters, its end replaced by an ellipsis where it is longer."""
    return text if len(text) <= length else text[: length - 1].rstrip() + ELLIPSIS


def count_text(number: float) -> str:
    """Return a number of parameters or operations in three digits: 950, 12.3k, 4.56M, 7.89G."""
    for suffix, factor in (("T", 1e12), ("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if abs(number) >= factor:
            return f"{number / factor:.3g}{suffix}"
    return f"{number:.3g}" if number % 1 else str(int(number))


def memory_text(size: float) -> str:
    """Return bytes in three digits: "12.3 MB"."""
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= factor:
            return f"{size / factor:.3g} {unit}"
    return f"{size:.0f} B"
