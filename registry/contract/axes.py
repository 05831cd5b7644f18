"""Symbolic shapes: named axes that are followed through the graph, written like einops patterns.

A pattern is a list of axes, and for index tensors the axis their values point into:

    "hits features"              two axes; the second binds to a number of features
    "events+1 -> hits"           one axis, as long as the number of events plus one; values are positions on `hits`
    "hits {n_filters}"           the second axis is the parameter `n_filters` of the block
    "hits 1"                     the second axis has length one
    "hits features*"             on a port that takes many tensors: this axis may differ from tensor to tensor
    "..."                        any shape
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field
from functools import cache
from typing import Any

from registry.contract.records import record

_TOKEN = re.compile(
    r"^(?:(?P<number>\d+)|\{(?P<param>\w+)\}|(?P<name>[A-Za-z_]\w*)(?P<star>\*)?(?:\+(?P<offset>\d+))?)$"
)

ANY_SHAPE = "..."


@record
class Axis:
    """An axis whose length is known only when data arrive; two are the same if the same node made them."""

    name: str
    origin: str = ""
    offset: int = 0

    def __str__(self) -> str:
        made_by = f"@{self.origin}" if self.origin else ""
        return f"{self.name}{made_by}" + (f"+{self.offset}" if self.offset else "")


Size = Axis | int


@record
class TensorType:
    """The symbolic shape of a tensor, its dtype, and the axis its values point into (index tensors only).

    `columns`: what the places of the last axis are called, `unit`: what the values are counted in, where that is known;
    they make no difference between types.
    """

    axes: tuple[Size, ...]
    dtype: str = "float32"
    points_to: Axis | None = None
    columns: tuple[str, ...] = field(default=(), compare=False)
    unit: str = field(default="", compare=False)

    def __str__(self) -> str:
        shape = "[" + ", ".join(str(axis) for axis in self.axes) + "]"
        target = f" -> {self.points_to}" if self.points_to else ""
        return f"{shape} {self.dtype}{target}"

    @property
    def features(self) -> int:
        """The length of the last axis, which must be a number."""
        last = self.axes[-1]
        if isinstance(last, Axis):
            raise TypeError(f"the last axis of {self} is not a number")
        return last


class AxisMismatch(Exception):
    """A tensor does not have the shape a port asks for; `parameter`: what is at fault, if no input is."""

    def __init__(self, message: str, parameter: str = "") -> None:
        super().__init__(message)
        self.parameter = parameter


@record
class Token:
    """One axis of a pattern: a number, a parameter's name, or an axis name with an offset."""

    number: int | None = None
    param: str = ""
    name: str = ""
    offset: int = 0
    star: bool = False

    def __str__(self) -> str:
        if self.number is not None:
            return str(self.number)
        if self.param:
            return "{" + self.param + "}"
        return self.name + (f"+{self.offset}" if self.offset else "")


@record
class Pattern:
    """A parsed pattern."""

    tokens: tuple[Token, ...]
    target: str | None = None


@cache
def parse_pattern(text: str) -> Pattern:
    """Parse a pattern; raise ValueError, naming the part that cannot be read."""
    shape, arrow, target = text.partition("->")
    tokens = []
    for word in shape.split():
        match = _TOKEN.match(word)
        if not match:
            raise ValueError(f"pattern {text!r}: cannot read the axis {word!r}")
        tokens.append(
            Token(
                int(match["number"]) if match["number"] else None,
                match["param"] or "",
                match["name"] or "",
                int(match["offset"] or 0),
                bool(match["star"]),
            )
        )
    return Pattern(tuple(tokens), target.strip() if arrow else None)


@record(frozen=False)
class Bindings:
    """What the axis names of a block's patterns stand for, while its inputs are matched one after the other."""

    params: Mapping[str, Any] = field(default_factory=dict)
    sizes: dict[str, Size] = field(default_factory=dict)
    bound_by: dict[str, str] = field(default_factory=dict)

    def match(self, pattern: str, actual: TensorType, source: str) -> None:
        """Unify `pattern` with the type of the tensor that `source` (a reference) provides; raise AxisMismatch."""
        if pattern == ANY_SHAPE:
            return
        parsed = parse_pattern(pattern)
        if len(parsed.tokens) != len(actual.axes):
            raise AxisMismatch(f"expected [{pattern}], received {actual} from {source!r}")
        for token, size in zip(parsed.tokens, actual.axes, strict=True):
            if not token.star:
                self._match_axis(token, size, pattern, actual, source)
        if parsed.target is not None:
            self._match_target(parsed.target, actual, source)

    def _match_axis(self, token: Token, size: Size, pattern: str, actual: TensorType, source: str) -> None:
        if not token.name:
            wanted = token.number if token.number is not None else self.params[token.param]
            if size != wanted:
                meaning = f" with {token.param} = {wanted}" if token.param else ""
                raise AxisMismatch(f"expected [{pattern}]{meaning}, received {actual} from {source!r}")
            return
        if token.offset:
            if not isinstance(size, Axis) or size.offset != token.offset:
                raise AxisMismatch(f"expected [{pattern}], received {actual} from {source!r}")
            size = Axis(size.name, size.origin)
        self._bind(token.name, size, actual, source)

    def _match_target(self, name: str, actual: TensorType, source: str) -> None:
        if actual.points_to is None:
            raise AxisMismatch(f"expected indices that point into {name}, received {actual} from {source!r}")
        self._bind(name, actual.points_to, actual, source)

    def _bind(self, name: str, size: Size, actual: TensorType, source: str) -> None:
        known = self.sizes.setdefault(name, size)
        first = self.bound_by.setdefault(name, source)
        if known != size:
            raise AxisMismatch(f"{name} is {known} in {first!r}, but {size} in {source!r}")

    def build(self, pattern: str, dtype: str, node: str, unit: str = "") -> TensorType:
        """Return the type `pattern` stands for; an axis name nothing is bound to becomes a new axis of `node`."""
        parsed = parse_pattern(pattern)
        target = self._axis(parsed.target, node) if parsed.target else None
        return TensorType(tuple(self._size(token, node) for token in parsed.tokens), dtype, target, unit=unit)

    def _size(self, token: Token, node: str) -> Size:
        if token.number is not None:
            return token.number
        if token.param:
            return int(self.params[token.param])
        if not token.offset:
            return self.sizes.setdefault(token.name, Axis(token.name, node))
        axis = self._axis(token.name, node)
        return Axis(axis.name, axis.origin, token.offset)

    def _axis(self, name: str, node: str) -> Axis:
        size = self.sizes.setdefault(name, Axis(name, node))
        if isinstance(size, int):
            raise AxisMismatch(f"axis {name} has length {size}; an axis that only data fix was expected")
        return size
