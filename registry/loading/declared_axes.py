"""What is wrong with the axes that the ports of a block name."""

from __future__ import annotations

import re
from collections.abc import Iterator

from registry.contract.axes import ANY_SHAPE, parse_pattern
from registry.contract.block import Block, Port
from registry.contract.spelling import did_you_mean

EXAMPLES = "expected axes such as 'hits features', 'hits 3', 'hits {units}', 'events+1 -> hits'"


def faults_of_pattern(port: Port, block: type[Block]) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with the pattern of a port, and what was expected."""
    try:
        parsed = parse_pattern(port.pattern)
    except ValueError as error:
        yield f"port {port.name!r}: {error}", EXAMPLES
        return
    if parsed.target is not None and not re.fullmatch(r"[A-Za-z_]\w*", parsed.target):
        yield f"port {port.name!r}: pattern {port.pattern!r}: cannot read the axis {parsed.target!r}", EXAMPLES
    fields = getattr(block.Params, "model_fields", {}) if isinstance(block.Params, type) else {}
    for token in parsed.tokens:
        if token.param and token.param not in fields:
            near = did_you_mean(token.param, fields) or f"its parameters: {', '.join(fields) or 'none'}"
            yield f"port {port.name!r}: pattern {port.pattern!r}: there is no parameter {token.param!r}", near


def misspelt_axes(block: type[Block]) -> Iterator[tuple[str, str]]:
    """Yield axes of outputs that no input has, where an input has one that was surely meant; and what was expected."""
    taken = {name for port in block.inputs for name in _names(port)}
    for port in block.outputs:
        for name in _names(port):
            near = next((other for other in sorted(taken) if name not in taken and _is_slip(name, other)), "")
            if near:
                message = f"port {port.name!r}: no input has the axis {name!r}, so that it is a new one; inputs have"
                yield f"{message} {near!r}", "write both alike; an axis that the block makes has a name of its own"


def _names(port: object) -> list[str]:
    """Return the first axis of a port, and the one that it points into."""
    if not isinstance(port, Port) or not isinstance(port.pattern, str) or port.pattern in ("", ANY_SHAPE):
        return []
    try:
        parsed = parse_pattern(port.pattern)
    except ValueError:
        return []
    return [name for name in (parsed.tokens[0].name, parsed.target) if name] if parsed.tokens else []


def _is_slip(name: str, other: str) -> bool:
    """Say whether two names differ by the order of their letters, or by an s at the end."""
    return sorted(name) == sorted(other) or name.rstrip("s") == other.rstrip("s")
