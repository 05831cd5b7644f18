"""Blocks that are defined in a notebook, or in the script that runs: their text, which no file of a plugin holds."""

from __future__ import annotations

import ast
import builtins
import inspect
import sys
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import field
from pathlib import Path
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

from registry.contract.function_registry import FUNCTIONS, SESSION
from registry.contract.records import record
from registry.contract.searching import ENGINE
from registry.loading.following import is_site

if TYPE_CHECKING:
    from registry.loading.blocks import Registry

SESSION_PLUGIN = "defined_in_session.py"
"""What the text of a session is called where it is kept."""

NOT_KEPT = "# Not here, for no text can say them: "
"""The line of the text that names values which are missing."""

_LITERALS = (bool, int, float, str, bytes, type(None))


@record
class SessionText:
    """What blocks of a session were made of, as a plugin file.

    `blocks`: their names; `missing`: names that they use and whose values no text can say.
    """

    blocks: tuple[str, ...] = ()
    text: str = ""
    missing: tuple[str, ...] = ()


def session_text(registry: Registry, names: Iterable[str]) -> SessionText:
    """Return the text of those blocks of the given names that are defined in the session."""
    found = [
        registry.blocks[name]
        for name in sorted(names)
        if name in registry.blocks and registry.provider(name) == SESSION
    ]
    gathered = _Gathered()
    for block in found:
        if function := _function_of(block):
            gathered.add_function(function)
    return SessionText(tuple(block.name for block in found), gathered.text(), tuple(gathered.missing))


@record(frozen=False)
class _Gathered:
    imports: dict[str, str] = field(default_factory=dict)
    values: dict[str, str] = field(default_factory=dict)
    definitions: dict[str, str] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)

    def text(self) -> str:
        """Return the whole: what is missing, imports, constants, definitions."""
        missing = f"{NOT_KEPT}{', '.join(self.missing)}" if self.missing else ""
        parts = [missing, "\n".join(self.imports.values()), "\n".join(self.values.values()), *self.definitions.values()]
        return "\n\n\n".join(part for part in parts if part) + "\n" if self.definitions else ""

    def add_function(self, function: FunctionType | Any) -> None:
        """Add the text of a function, behind all that it uses."""
        try:
            text = textwrap.dedent(inspect.getsource(function))
        except (OSError, TypeError):
            self.missing.append(function.__qualname__)
            return
        self._add_used(text, function.__globals__)
        self.definitions.setdefault(function.__qualname__, text.rstrip())

    def _add_used(self, text: str, known: dict[str, Any]) -> None:
        for name in _names(text):
            done = {*self.imports, *self.values, *self.definitions, *self.missing}
            if name in known and name not in done and not hasattr(builtins, name):
                self._add(name, known[name], known)

    def _add(self, name: str, value: Any, known: dict[str, Any]) -> None:
        if isinstance(value, ModuleType):
            self._add_import(name, _import(value.__name__, name), value.__name__)
        elif line := _imported(name, value):
            self._add_import(name, line, value.__module__)
        elif isinstance(value, FunctionType) and value.__module__ == SESSION:
            self.add_function(value)
        elif isinstance(value, type) and value.__module__ == SESSION:
            self._add_class(name, value, known)
        elif _is_literal(value):
            self.values[name] = f"{name} = {value!r}"
        else:
            self.missing.append(name)

    def _add_import(self, name: str, line: str, module: str) -> None:
        """Add the line that imports something, and note a module that is in no package: its file is not kept."""
        self.imports[name] = line
        first = module.partition(".")[0]
        said = f"the module {first}"
        if said not in self.missing and _is_loose(first):
            self.missing.append(said)

    def _add_class(self, name: str, kind: type, known: dict[str, Any]) -> None:
        if function := _function_of(kind):
            self.add_function(function)
            return
        try:
            text = textwrap.dedent(inspect.getsource(kind))
        except (OSError, TypeError):
            self.missing.append(name)
            return
        self._add_used(text, known)
        self.definitions.setdefault(name, text.rstrip())


def missing_of(text: str) -> str:
    """Return the names that a kept text says are missing; empty for none."""
    first = text.partition("\n")[0]
    return first.removeprefix(NOT_KEPT) if first.startswith(NOT_KEPT) else ""


def _function_of(kind: type) -> FunctionType | Any:
    """Return the function that a block of the session is; None for another class."""
    return next((block.function for block in FUNCTIONS.defined_in(SESSION) if block is kind), None)


def _names(text: str) -> Iterator[str]:
    """Yield the names that a text reads, those of annotations among them."""
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return
    yield from dict.fromkeys(
        node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    )


def _is_loose(module: str) -> bool:
    """Say whether a module is a file that belongs to no installed package."""
    file = getattr(sys.modules.get(module), "__file__", None)
    if not file or module in (ENGINE, *sys.stdlib_module_names) or is_site(Path(file)):
        return False
    from importlib.metadata import packages_distributions

    return module not in packages_distributions()


def _import(module: str, name: str) -> str:
    """Return the line that imports a module under a name."""
    parent, _, last = module.rpartition(".")
    if last == name:
        return f"from {parent} import {name}" if parent else f"import {name}"
    return f"import {module} as {name}"


def _imported(name: str, value: Any) -> str:
    """Return the line that imports what another module defines; empty for what none is known to."""
    home = getattr(value, "__module__", None)
    module = sys.modules.get(home) if isinstance(home, str) and home != SESSION else None
    called = getattr(value, "__name__", name)
    for own in (called, name):
        if module is not None and isinstance(own, str) and getattr(module, own, None) is value:
            return f"from {home} import {own}" + ("" if own == name else f" as {name}")
    return ""


def _is_literal(value: Any) -> bool:
    """Say whether `repr` writes a value as Python reads it."""
    if type(value) in (list, tuple, set):
        return all(map(_is_literal, value))
    if type(value) is dict:
        return all(_is_literal(item) for pair in value.items() for item in pair)
    return type(value) in _LITERALS
