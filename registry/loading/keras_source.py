"""What keras.layers offers, read from its source: importing Keras takes seconds, and a check takes less than one."""

from __future__ import annotations

import ast
from functools import cache

from registry.contract.keras_modules import parse
from registry.contract.records import record

_OF_EVERY_LAYER = frozenset({"activity_regularizer", "autocast", "dtype", "trainable"})
_GIVEN = frozenset({"self", "name"})
"""Arguments that are not for users: a layer is called like its node."""

KERAS_PREFIX = "keras."


@record
class Arguments:
    """The arguments of a layer's constructor."""

    known: frozenset[str]
    required: tuple[str, ...] = ()


@cache
def layers() -> dict[str, tuple[str, str]]:
    """Return the module and the class of every layer, by its name; empty if Keras is laid out in an unknown way."""
    tree = parse("keras.layers")
    imports = [node for node in tree.body if isinstance(node, ast.ImportFrom)] if tree else []
    found = {(alias.asname or alias.name): (node.module or "", alias.name) for node in imports for alias in node.names}
    return {name: source for name, source in found.items() if name[0].isupper()}


def is_layer(name: str) -> bool:
    """Say whether keras.layers has a layer of this name, as far as its source says."""
    return name in layers() or not layers()


@cache
def layer_arguments(layer: str) -> Arguments | None:
    """Return what the constructor of a layer takes; None if its source does not say."""
    return _arguments(*layers().get(layer, ("", "")))


def _arguments(module: str, name: str) -> Arguments | None:
    tree = parse(module) if module else None
    found = [node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == name] if tree else []
    if tree is None or not found:
        return None
    made = [node for node in found[0].body if isinstance(node, ast.FunctionDef) and node.name == "__init__"]
    if made and not made[0].args.kwarg:
        return _own(made[0].args)
    own = _own(made[0].args) if made else Arguments(frozenset())
    given, first = _given_above(made[0]) if made else (frozenset[str](), 0)
    inherited = frozenset[str]()
    required = own.required
    for base in found[0].bases:
        above = _of_base(tree, base)
        if above is None:
            return None
        inherited |= above.known - given - set(above.required[:first])
        required = required if made else above.required
    return Arguments(own.known | inherited, required)


def _given_above(constructor: ast.FunctionDef) -> tuple[frozenset[str], int]:
    """Return what a constructor gives to the one above it: arguments by name, and how many by position."""
    for node in ast.walk(constructor):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "super().__init__":
            return frozenset(word.arg for word in node.keywords if word.arg), len(node.args)
    return frozenset(), 0


def _of_base(tree: ast.Module, base: ast.expr) -> Arguments | None:
    """Return the arguments of a base class, which is imported by name, or reached through the module it is in."""
    name = base.attr if isinstance(base, ast.Attribute) else base.id if isinstance(base, ast.Name) else ""
    if name == "Layer":
        return Arguments(_OF_EVERY_LAYER)
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and any(alias.name == name for alias in node.names):
            return _arguments(node.module or "", name)
    return None


def _own(arguments: ast.arguments) -> Arguments:
    positional = [item.arg for item in (*arguments.posonlyargs, *arguments.args)]
    named = [item.arg for item in arguments.kwonlyargs]
    needed = positional[: len(positional) - len(arguments.defaults)]
    needed += [name for name, value in zip(named, arguments.kw_defaults, strict=True) if value is None]
    return Arguments(frozenset({*positional, *named} - _GIVEN), tuple(name for name in needed if name not in _GIVEN))
