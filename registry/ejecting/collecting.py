"""Finds what the layers of a graph are made of: their classes, and all that these use but what a library defines."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from types import ModuleType

from registry.contract.errors import InputError, Problem
from registry.ejecting.names import Found, Use, names_in
from registry.ejecting.source import Definition, Imported, SourceModule, imports_of, read_module


@dataclass(frozen=True)
class Symbol:
    """Something that a name stands for: a definition of a module, or (`library`) what is imported from one.

    `name` is empty for a module itself.
    """

    module: str
    name: str
    library: bool = False


@dataclass(frozen=True)
class Place:
    """The text of a use, from `start` to `end` in its module, and what stands there."""

    start: int
    end: int
    symbol: Symbol
    annotation: bool


@dataclass
class Piece:
    """A definition that goes into the script, and what it takes from elsewhere."""

    symbol: Symbol
    named: tuple[Symbol, ...]
    """All that it defines; several where a tuple of names is assigned to."""
    source: SourceModule
    definition: Definition
    found: Found
    places: list[Place] = field(default_factory=list)
    dropped: list[tuple[int, int]] = field(default_factory=list)
    """Parts of its text that are left out: imports of what goes into the script too."""

    def leaves_out(self, place: int) -> bool:
        """Say whether a place in the module's text is in a part that is left out."""
        return any(start <= place < end for start, end in self.dropped)


@dataclass
class Collector:
    """Follows names from definition to definition.

    `own`: says whether a module's code goes into the script; what is of others stays an import. `special`: symbols that
    are written otherwise, and not followed; `left_out`: yields the parts of a definition's text that are left out.
    """

    own: Callable[[str], bool]
    special: Callable[[Symbol], bool]
    left_out: Callable[[SourceModule, ast.AST], Iterable[tuple[int, int]]]
    pieces: dict[Symbol, Piece] = field(default_factory=dict)

    def add(self, symbol: Symbol) -> None:
        """Add a definition and all that it uses, behind them in order."""
        if symbol in self.pieces or symbol.library or self.special(symbol):
            return
        source = read_module(symbol.module)
        definition = source.definitions[symbol.name]
        named = tuple(Symbol(symbol.module, name) for name, item in source.definitions.items() if item is definition)
        if named[0] != symbol:
            self.add(named[0])
            return
        piece = Piece(symbol, named, source, definition, names_in(definition.node))
        piece.dropped += self.left_out(source, definition.node)
        # Known from now on: functions may call each other.
        self.pieces[symbol] = piece
        piece.places += filter(None, (self._resolved(use, piece) for use in piece.found.uses))
        for statement in piece.found.imports:
            if not self._is_library(statement, source):
                piece.dropped.append(source.span(statement))
        for place in piece.places:
            if not place.annotation or place.symbol in self.pieces or not self._for_types(piece, place):
                self.add(place.symbol)
        self.pieces[symbol] = self.pieces.pop(symbol)

    @staticmethod
    def _for_types(piece: Piece, place: Place) -> bool:
        return piece.source.text[place.start : place.end].partition(".")[0] in piece.source.for_types

    def _is_library(self, statement: ast.Import | ast.ImportFrom, source: SourceModule) -> bool:
        return not any(self.own(item.module) for item in imports_of(statement, sys.modules[source.name]).values())

    def _resolved(self, use: Use, piece: Piece) -> Place | None:
        """Return what a use stands for; None for names that are Python's own, or bound otherwise."""
        source = piece.source
        start, end = source.span(use.parts[0])
        if piece.leaves_out(start):
            return None
        if use.local:
            statement = next(item for item in use.local if not piece.leaves_out(source.span(item)[0]))
            if self._is_library(statement, source):
                return None
            symbol = self._imported(imports_of(statement, sys.modules[source.name])[use.name])
        elif use.name in source.imports:
            symbol = self._imported(source.imports[use.name])
        elif use.name in source.definitions:
            symbol = Symbol(source.name, use.name)
        else:
            return None
        for part in use.parts[1:]:
            if symbol.library or symbol.name:
                break
            assert isinstance(part, ast.Attribute)
            symbol, end = self._of_module(symbol.module, part.attr), source.span(part)[1]
        if not symbol.library and not symbol.name:
            text = source.text[start:end]
            what = f"{source.name}: {text} is a module, and is used otherwise than by what it defines"
            raise InputError([Problem(what, hint="name what is used of it: from MODULE import NAME")])
        return Place(start, end, symbol, use.annotation)

    def _imported(self, imported: Imported) -> Symbol:
        if not self.own(imported.module):
            return Symbol(imported.module, imported.attribute, library=True)
        if not imported.attribute:
            return Symbol(imported.module, "")
        return self._of_module(imported.module, imported.attribute)

    def _of_module(self, module: str, name: str) -> Symbol:
        """Return what a name means in a module of code that goes into the script."""
        source = read_module(module)
        if name in source.definitions:
            return Symbol(module, name)
        if name in source.imports:
            return self._imported(source.imports[name])
        inner = f"{module}.{name}"
        if inner in sys.modules or _is_module(inner):
            return Symbol(inner, "")
        value = getattr(sys.modules[module], name, None)
        if isinstance(value, ModuleType):
            return Symbol(value.__name__, "", library=not self.own(value.__name__))
        home = getattr(value, "__module__", "")
        if home and home != module and self.own(home):
            return self._of_module(home, getattr(value, "__name__", name))
        raise InputError([Problem(f"{module} does not say where {name!r} comes from: it cannot be written out")])


def _is_module(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except (ImportError, ValueError):
        return False
