"""How plugins want nodes to be drawn."""

from __future__ import annotations

import re

from registry.contract.errors import InputError
from registry.contract.failures import PluginFault
from registry.contract.shown import NodeStyle
from registry.drawing.theme import Shade, readable
from registry.loading.hook_calls import answers
from registry.wiring.checked_graph import CheckedGraph, CheckedNode

PLAIN = NodeStyle()
"""Of a node that is drawn as the kind of its block is."""

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


def style_of(node: CheckedNode, checked: CheckedGraph) -> NodeStyle:
    """Return how a node is drawn: as the first plugin says that says anything.

    Raises InputError, which names the plugin, for one that fails or returns no style.
    """
    try:
        for answer in answers(checked.registry, "node_style", {"node": node.written, "block": node.block}):
            if answer.value is None:
                continue
            if expected := _fault(answer.value):
                raise answer.wrong(expected)
            style: NodeStyle = answer.value
            return style
    except PluginFault as fault:
        raise InputError([fault.problem]) from fault
    return PLAIN


def shade_of(style: NodeStyle, usual: Shade) -> Shade:
    """Return the colours of a box, of which those that a style leaves out are as usual."""
    words = style.text or (readable(style.fill) if style.fill else usual.text)
    return Shade(style.fill or usual.fill, style.line or usual.line, words)


def _fault(value: object) -> str:
    """Return what was expected instead of a style; empty for one that can be drawn."""
    if not isinstance(value, NodeStyle):
        return "a registry.NodeStyle, or nothing to leave the node as it is"
    for name in ("fill", "line", "text"):
        colour = getattr(value, name)
        if not isinstance(colour, str) or (colour and not _COLOUR.fullmatch(colour)):
            return f'a registry.NodeStyle whose {name!r} is a colour such as "#ffcc00"'
    return "" if isinstance(value.note, str) else "a registry.NodeStyle whose note is a text"
