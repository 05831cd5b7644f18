"""The inputs that a block is tried with, found by the patterns of its ports: which axes there are, and how wide."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

from registry.contract.axes import ANY_SHAPE, Axis, AxisMismatch, Bindings, TensorType, parse_pattern
from registry.contract.block import Block, Port
from registry.testing.broken import Broken

WIDTHS = (4, 3, 1, 5, 2, 6, 10, 9, 13)
"""How many columns there may be along an axis that a block does not state, the first that fit being taken."""

TRIES = 3000

HITS, EVENTS = Axis("hits", "data"), Axis("events", "data")


@dataclass(frozen=True)
class Inputs:
    """The types of a block's inputs, what matching them has bound, and the types of its outputs."""

    types: Mapping[str, Any]
    bindings: Bindings
    outputs: Mapping[str, TensorType]

    def flat(self) -> Iterator[TensorType]:
        """Yield the type of every tensor."""
        for item in self.types.values():
            yield from item if isinstance(item, list) else item.values() if isinstance(item, dict) else [item]


def inputs_of(block: Block, optional: bool = True) -> Inputs:
    """Return inputs that a block takes, with all of its optional ports or with those alone that are needed.

    Raises Broken if there are none.
    """
    ports = [port for port in block.inputs if not port.optional or (optional and port.pattern != ANY_SHAPE)]
    for group in () if optional else block.required_inputs():
        ports += [port for port in block.inputs if port.name == group[0] and port not in ports]
    ports = [port for port in block.inputs if port in ports]
    data, widths = _axes(ports)
    refused = ""
    rest_axes = [HITS, *(axis for axis in data.values() if axis not in (HITS, EVENTS))]
    tries = 0
    for sizes in product(WIDTHS, repeat=len(widths)):
        for rest in rest_axes if any(port.rest for port in ports) else [HITS]:
            tries += 1
            try:
                return _matched(block, ports, data | dict(zip(widths, sizes, strict=True)), rest)
            except AxisMismatch as error:
                refused = refused or str(error)
        if tries > TRIES:
            break
    raise Broken("inputs that fit the patterns of the ports, with some number of columns", f"{refused!r} for all tried")


def _axes(ports: list[Port]) -> tuple[dict[str, Any], list[str]]:
    """Return the axes that data fix by their names in patterns, and the names of those that have a width."""
    patterns = [parse_pattern(port.pattern) for port in ports if port.pattern not in (ANY_SHAPE, "")]
    names = [name for item in patterns for name in (item.tokens[0].name, item.target) if name] or ["hits"]
    rows = [item.target for item in patterns if item.target and item.tokens[0].offset]
    first = rows[0] if rows else "hits" if "hits" in names else names[0]
    kept = [
        item.tokens[0].name
        for item in patterns
        if item.target and not item.tokens[0].offset and item.tokens[0].name != item.target and _is_column(item)
    ]
    data: dict[str, Any] = {}
    for name in names:
        subset = name in kept and name != first
        data[name] = EVENTS if name.startswith("event") else Axis("kept", "data") if subset else HITS
    widths = [token.name for item in patterns for token in item.tokens[1:] if token.name and not token.offset]
    return data, [name for name in dict.fromkeys(widths) if name not in data]


def _is_column(pattern: Any) -> bool:
    return all(token.number == 1 for token in pattern.tokens[1:])


def _matched(block: Block, ports: list[Port], sizes: Mapping[str, Any], rest: Axis) -> Inputs:
    """Return the inputs of these sizes; raise AxisMismatch if the block refuses them."""
    wanted = Bindings(vars(block.params), dict(sizes))
    types: dict[str, Any] = {}
    for port in ports:
        if port.rest:
            types[port.name] = {"some": TensorType((rest, 3)), "labels": TensorType((rest, 1), "int32")}
            continue
        dtype = "float32" if port.dtype == "any" else port.dtype
        one = TensorType((HITS, 4), dtype) if port.pattern == ANY_SHAPE else wanted.build(port.pattern, dtype, "data")
        types[port.name] = [one, one] if port.many else one
    bindings = Bindings(vars(block.params))
    for port in ports:
        given = types[port.name]
        for type_ in [] if port.rest else given if isinstance(given, list) else [given]:
            bindings.match(port.pattern, type_, port.name)
    return Inputs(types, bindings, block.output_types(types, bindings, "block"))
