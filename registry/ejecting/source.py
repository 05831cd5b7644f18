"""Reads the source of a module: what it defines and imports at its top level, and where each of that stands."""

from __future__ import annotations

import ast
import importlib
import inspect
import sys
from dataclasses import dataclass, field
from functools import cache
from importlib.util import decode_source, resolve_name
from pathlib import Path
from types import ModuleType

from registry.contract.errors import InputError, Problem
from registry.contract.places import place_of

STAND_ALONE = "STAND_ALONE"
"""What a module may state for scripts that are written out: by the name of a function what it returns there.

A comparison of such a call with a constant is decided when the script is written, and the other branch is left out.
"""

Statement = ast.FunctionDef | ast.ClassDef | ast.Assign | ast.AnnAssign


@dataclass(frozen=True)
class Imported:
    """What a name was imported as: a module, or something of one (`attribute`)."""

    module: str
    attribute: str = ""


@dataclass(frozen=True)
class Definition:
    """A statement at the top level of a module that defines a name, with the text that documents it behind it."""

    node: Statement
    start: int
    """Place of its first character, comments above it and decorators included."""
    end: int


@dataclass
class SourceModule:
    """The text of a module, read."""

    name: str
    text: str
    tree: ast.Module
    starts: list[int]
    definitions: dict[str, Definition] = field(default_factory=dict)
    imports: dict[str, Imported] = field(default_factory=dict)
    for_types: frozenset[str] = frozenset()
    """Names that are imported for type checkers alone."""

    def place(self, line: int, column: int) -> int:
        """Return the place of a character in the text; `column` counts bytes, as the syntax tree does."""
        start = self.starts[line - 1]
        rest = self.text[start : start + column]
        if not rest.isascii():
            rest = self.text[start:].encode()[:column].decode()
        return start + len(rest)

    def span(self, node: ast.AST) -> tuple[int, int]:
        """Return where the text of a part of the tree starts and ends."""
        lines: tuple[int, int, int, int] = tuple(
            getattr(node, name) for name in ("lineno", "col_offset", "end_lineno", "end_col_offset")
        )
        return self.place(lines[0], lines[1]), self.place(lines[2], lines[3])

    def constants(self) -> dict[str, object]:
        """Return what functions of the module return in a script that stands alone."""
        stated = self.definitions.get(STAND_ALONE)
        return ast.literal_eval(stated.node.value) if stated and isinstance(stated.node, ast.Assign) else {}


@cache
def read_module(name: str) -> SourceModule:
    """Return the source of an imported module; raise InputError if it has none that can be read."""
    module = sys.modules.get(name) or importlib.import_module(name)
    place = place_of(name)
    try:
        file = inspect.getsourcefile(module)
        read = place.read if place else {}
        text = decode_source(read.get(Path(file or ""), b"") or Path(file or "").read_bytes())
    except (OSError, TypeError, SyntaxError, UnicodeDecodeError) as error:
        raise InputError([Problem(f"the source of the module {name} cannot be read: {error}")]) from error
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    made = SourceModule(name, text, ast.parse(text), starts)
    _collect(made, module)
    return made


def _collect(made: SourceModule, module: ModuleType) -> None:
    types: set[str] = set()
    for index, node in enumerate(made.tree.body):
        if isinstance(node, ast.Import | ast.ImportFrom):
            made.imports |= imports_of(node, module)
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            for inner in node.body:
                if isinstance(inner, ast.Import | ast.ImportFrom):
                    found = imports_of(inner, module)
                    types |= found.keys()
                    made.imports |= found
        elif isinstance(node, Statement):
            behind = made.tree.body[index + 1] if index + 1 < len(made.tree.body) else None
            definition = Definition(node, _start(made, node), _end(made, node, behind))
            made.definitions |= dict.fromkeys(_names(node), definition)
    made.for_types = frozenset(types)


def _names(node: Statement) -> list[str]:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return [node.name]
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return [item.id for target in targets for item in ast.walk(target) if isinstance(item, ast.Name)]


def _start(made: SourceModule, node: Statement) -> int:
    """Return where a definition begins: with its decorators, and the comment right above it."""
    decorators = getattr(node, "decorator_list", [])
    line = int(min([node.lineno, *(item.lineno for item in decorators)]))
    lines = made.text.splitlines()
    while line > 1 and lines[line - 2].startswith("#"):
        line -= 1
    return made.starts[line - 1]


def _end(made: SourceModule, node: Statement, behind: ast.stmt | None) -> int:
    """Return where a definition ends: behind the comment on its last line, and behind the text that describes it."""
    described = isinstance(behind, ast.Expr) and isinstance(behind.value, ast.Constant)
    last: ast.stmt | None = behind if described and isinstance(node, ast.Assign | ast.AnnAssign) else node
    assert last is not None
    assert last.end_lineno is not None
    return made.starts[last.end_lineno]


def imports_of(node: ast.Import | ast.ImportFrom, module: ModuleType) -> dict[str, Imported]:
    """Return what an import statement of a module makes known, by name; modules by their full names."""
    place = place_of(module.__name__)
    if isinstance(node, ast.Import):
        found = {}
        for alias in node.names:
            full = (place.module_name(alias.name) if place else "") or alias.name
            found[alias.asname or alias.name.partition(".")[0]] = Imported(
                full if alias.asname else _first(full, alias)
            )
        return found
    name = node.module or ""
    if node.level:
        package = module.__package__ or ""
        full = resolve_name("." * node.level + name, package)
    else:
        full = (place.module_name(name, [alias.name for alias in node.names]) if place else "") or name
    return {alias.asname or alias.name: Imported(full, alias.name) for alias in node.names}


def _first(full: str, alias: ast.alias) -> str:
    """Return the module that `import a.b` makes known, the outermost."""
    return full.removesuffix(alias.name.partition(".")[2]).rstrip(".")
