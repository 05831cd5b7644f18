"""Finds modules, classes and functions of Keras in its source, which is read and never imported."""

from __future__ import annotations

import ast
import importlib.util
from functools import cache
from pathlib import Path

from registry.contract.records import record
from registry.contract.remembered import source_files


@record
class Module:
    """A module of Keras."""

    name: str


@record(eq=False)
class Defined:
    """A class, a function, or a value that a module of Keras states."""

    module: str
    node: ast.ClassDef | ast.FunctionDef | ast.expr

    @property
    def name(self) -> str:
        """The name of a class or function."""
        return getattr(self.node, "name", "")


def files_of(module: str) -> list[str]:
    """Return the files of the folder that a module of Keras is in, and of all below it; none without Keras."""
    file = _file(module)
    return sorted(source_files(str(file.parent))) if file else []


@cache
def parse(module: str) -> ast.Module | None:
    """Return the syntax of a module of Keras; None if there is no such module."""
    file = _file(module)
    return ast.parse(file.read_text(encoding="utf-8")) if file else None


@cache
def find(module: str, name: str) -> Module | Defined | None:
    """Return what a name means in a module, through all imports; None if that is not part of Keras."""
    found = _names(module).get(name)
    if isinstance(found, tuple):
        source, original = found
        if _file(f"{source}.{original}"):
            return Module(f"{source}.{original}")
        return find(source, original) if (source, original) != (module, name) else None
    if found is None and _file(f"{module}.{name}"):
        return Module(f"{module}.{name}")
    return found


@cache
def bases(kind: Defined) -> tuple[Defined, ...]:
    """Return a class and those it is made of, as far as Keras defines them, in the order they are searched in."""
    found = [kind]
    for base in kind.node.bases if isinstance(kind.node, ast.ClassDef) else ():
        above = named(kind.module, base)
        if isinstance(above, Defined) and isinstance(above.node, ast.ClassDef):
            found += [item for item in bases(above) if item not in found]
    return tuple(found)


def named(module: str, expression: ast.expr) -> Module | Defined | None:
    """Return what `name` or `package.name` means in a module."""
    if isinstance(expression, ast.Name):
        return find(module, expression.id)
    if isinstance(expression, ast.Attribute):
        owner = named(module, expression.value)
        return find(owner.name, expression.attr) if isinstance(owner, Module) else None
    return None


def method(kind: Defined, name: str, after: Defined | None = None) -> tuple[ast.FunctionDef, Defined] | None:
    """Return a method of a class with the class that defines it; `after`: of those behind that one only (`super`)."""
    order = list(bases(kind))
    for home in order[order.index(after) + 1 :] if after in order else order:
        for node in home.node.body if isinstance(home.node, ast.ClassDef) else ():
            if isinstance(node, ast.FunctionDef) and node.name == name:
                return node, home
    return None


@cache
def _names(module: str) -> dict[str, tuple[str, str] | Defined]:
    """Return what a module states at its top level: what it imports, as (module, name), and what it defines."""
    found: dict[str, tuple[str, str] | Defined] = {}
    tree = parse(module)
    for node in tree.body if tree else ():
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {alias.asname or alias.name: (node.module, alias.name) for alias in node.names}
        elif isinstance(node, ast.ClassDef | ast.FunctionDef):
            found[node.name] = Defined(module, node)
        elif isinstance(node, ast.Assign):
            found |= {item.id: Defined(module, node.value) for item in node.targets if isinstance(item, ast.Name)}
    return found


@cache
def _file(module: str) -> Path | None:
    top, *inner = module.split(".")
    spec = importlib.util.find_spec(top) if top == "keras" else None
    if spec is None or not spec.submodule_search_locations:
        return None
    place = Path(next(iter(spec.submodule_search_locations)), *inner)
    return next((file for file in (place / "__init__.py", place.with_suffix(".py")) if file.is_file()), None)
