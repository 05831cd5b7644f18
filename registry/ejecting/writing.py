"""Writes the definitions that were collected: imports, then the code of one module after the other."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable, Iterator, Mapping

import keras

from registry.contract.errors import InputError, Problem
from registry.contract.layer import BlockLayer
from registry.ejecting.collecting import Piece, Place, Symbol
from registry.ejecting.edits import Edit, apply, whole_lines
from registry.ejecting.layers import class_edits, registered_as, runtime_class
from registry.ejecting.naming import Names
from registry.ejecting.wrapped import default_edits

BASE = Symbol("registry.contract.layer", "BlockLayer")
"""The base class of layers, in whose place Keras's own stands."""

ONCE = Symbol("registry.contract.keeping", "computed_once")
"""What matters only where a part of the network is computed a second time: its argument is written in its place."""

FUTURE = "__future__"


def is_special(symbol: Symbol) -> bool:
    """Say whether something of the contract is written otherwise."""
    return symbol in (BASE, ONCE)


def imports(names: Names, more: Iterable[str] = ()) -> list[str]:
    """Return the import statements of a script: the standard library, then others; `more`: modules it needs anyway."""
    plain: set[str] = {f"import {module}" for module in more}
    listed: dict[str, set[str]] = {}
    for symbol, name in names.of.items():
        if not symbol.library or symbol.module == FUTURE:
            continue
        if not symbol.name:
            short = symbol.module.partition(".")[0] == name
            plain.add(f"import {symbol.module}" if short else f"import {symbol.module} as {name}")
            continue
        listed.setdefault(symbol.module, set()).add(symbol.name if symbol.name == name else f"{symbol.name} as {name}")
    found = [
        *sorted(plain),
        *(f"from {module} import {', '.join(sorted(listed[module]))}" for module in sorted(listed)),
    ]
    standard = [line for line in found if _top(line) in sys.stdlib_module_names]
    others = [line for line in found if line not in standard]
    return ["from __future__ import annotations", "", *standard, "", *others]


def _top(line: str) -> str:
    return line.split()[1].partition(".")[0]


def definitions(pieces: Mapping[Symbol, Piece], names: Names, package: str) -> str:
    """Return the text of all definitions, those of a module together where none of them needs a later one."""
    parts, before = [], ""
    for symbol, piece in _by_module(pieces):
        heading = f"# --- {symbol.module}\n\n" if symbol.module != before else ""
        before = symbol.module
        parts.append(heading + _written(piece, names, package).strip("\n"))
    return "\n\n\n".join(parts)


def _by_module(pieces: Mapping[Symbol, Piece]) -> Iterator[tuple[Symbol, Piece]]:
    """Yield definitions in an order in which each comes after what it is made of, a module after the other."""
    modules: dict[str, list[Symbol]] = {}
    for symbol in pieces:
        modules.setdefault(symbol.module, []).append(symbol)
    for symbols in modules.values():
        order = {symbol: pieces[symbol].definition.start for symbol in symbols}
        yield from ((symbol, pieces[symbol]) for symbol in sorted(symbols, key=lambda symbol: order[symbol]))


def _written(piece: Piece, names: Names, package: str) -> str:
    source, definition = piece.source, piece.definition
    edits = [Edit(*_widened(source.text, start, end)) for start, end in piece.dropped]
    calls = {source.span(call.func)[0]: call for call in _calls(definition.node)}
    for place in piece.places:
        if place.symbol == ONCE:
            edits += _argument_alone(piece, calls.get(place.start), place)
        else:
            edits.append(Edit(place.start, place.end, _name(place, piece, names)))
    node = definition.node
    if isinstance(node, ast.ClassDef):
        kind = runtime_class(source, node)
        edits += registered_as(source, node, package)
        if issubclass(kind, keras.layers.Layer):
            edits += class_edits(source, node, kind)
            _refuse_blocks(piece, node, kind)
        if names.of[piece.symbol] != node.name:
            line = source.text.index(node.name, source.place(node.lineno, node.col_offset))
            edits.append(Edit(line, line + len(node.name), names.of[piece.symbol]))
    elif isinstance(node, ast.FunctionDef):
        edits += default_edits(source, node)
    if isinstance(node, ast.FunctionDef) and names.of[piece.symbol] != node.name:
        start = source.place(node.lineno, node.col_offset) + len("def ")
        edits.append(Edit(start, start + len(node.name), names.of[piece.symbol]))
    text = apply(source.text, definition.start, definition.end, edits)
    return re.sub(r"\n{4,}", "\n\n\n", text).rstrip() + "\n"


def _name(place: Place, piece: Piece, names: Names) -> str:
    if place.symbol == BASE:
        return "keras.layers.Layer"
    if place.annotation and place.symbol not in names.of:
        return "Any"
    return names.of[place.symbol]


def _widened(text: str, start: int, end: int) -> tuple[int, int]:
    """Return a part of a text, with its line if nothing else stands on it."""
    if text[end - 1 : end] == "\n":
        return start, end
    first, last = whole_lines(text, start, end)
    alone = not text[first:start].strip() and not text[end:last].strip()
    return (text.rfind("\n", 0, start) + 1, last) if alone and end > start + 4 else (start, end)


def _calls(node: ast.AST) -> Iterator[ast.Call]:
    return (item for item in ast.walk(node) if isinstance(item, ast.Call))


def _argument_alone(piece: Piece, call: ast.Call | None, place: Place) -> list[Edit]:
    """Return what writes the result of a function in the place of a call of it."""
    if call is None or len(call.args) != 1:
        text = piece.source.text[place.start : place.end]
        raise InputError([Problem(f"{piece.symbol.module}: {text} is used otherwise than by calling it")])
    (argument,) = call.args
    start, end = piece.source.span(call)
    if isinstance(argument, ast.Lambda):
        first, last = piece.source.span(argument.body)
        return [Edit(start, first, "("), Edit(last, end, ")")]
    first, last = piece.source.span(argument)
    return [Edit(start, first, "("), Edit(last, end, ")()")]


def _refuse_blocks(piece: Piece, node: ast.ClassDef, kind: type) -> None:
    """Raise InputError for a layer that asks its block for something when it runs: there is none in the script."""
    if not issubclass(kind, BlockLayer):
        return
    for item in ast.walk(node):
        if isinstance(item, ast.Attribute) and item.attr in ("block", "_values") and isinstance(item.value, ast.Name):
            start, end = piece.source.span(item)
            if item.value.id in ("self", "cls") and not piece.leaves_out(start):
                what = f"{piece.symbol.module}: line {item.lineno}: {piece.source.text[start:end]} asks the block"
                hint = "compute it from the layer's own attributes"
                raise InputError([Problem(f"{what}, which is not there where the layer stands alone", hint=hint)])
