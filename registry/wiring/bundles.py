"""Which inputs of a block bundles fill by their names."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from registry.contract.block import Block, Port
from registry.contract.errors import Origin
from registry.contract.spelling import did_you_mean


def fillable(ports: Iterable[Port], named: Collection[str]) -> set[str]:
    """Return the ports that bundles fill: required ones, those named, and optional ones that the block wants filled.

    A block with a `rest` port takes every column of a bundle: its optional ports are columns that it knows, all filled.
    """
    ports = list(ports)
    whole = any(port.rest for port in ports)
    wanted = [port for port in ports if whole or not port.optional or port.filled or port.name in named]
    return {port.name for port in wanted if not port.rest}


def wrong_names(block: Block | type[Block], named: Mapping[str, Origin]) -> Iterator[tuple[str, Origin, str]]:
    """Yield what is wrong with the optional ports that are named for bundles: message, place, hint."""
    ports = {port.name: port.optional for port in block.inputs}
    optional = [name for name, is_optional in ports.items() if is_optional]
    for name, origin in named.items():
        if name not in ports:
            hint = did_you_mean(name, optional) or f"its optional inputs: {', '.join(optional) or 'none'}"
            yield f"block {block.name!r} has no optional input {name!r}", origin, hint
        elif name not in optional:
            message = f"input {name!r} of block {block.name!r} is not optional: bundles fill it by its name"
            yield message, origin, "remove it here"
