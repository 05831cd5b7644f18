"""Whether the Keras layer that a block names is there, by the text of its file: it is imported when it is built."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path

from registry.contract.block import Block, layer_owner
from registry.contract.errors import Problem
from registry.contract.failures import class_place, said, shown
from registry.contract.places import place_of
from registry.contract.searching import check_one_form, elsewhere, spec_in
from registry.contract.spelling import did_you_mean

_HINT = 'expected "module:Class", the file beside the plugin (or an installed module) and the layer in it'

_LAYERED = ("preprocessing", "layer", "normalisation", "loss", "output", "transform")
"""Kinds of blocks that are layers of the model."""


def layer_fault(block: type[Block]) -> Problem | None:
    """Return what is wrong with where a block says that its Keras layer is; None if it can be there."""
    if block.build is not Block.build or not block.layer:
        return None
    module, _, name = block.layer.partition(":")
    try:
        file = _file(module, layer_owner(block))
    except ImportError as error:
        return Problem(f"`layer` {block.layer!r}: {error}", class_place(block, "layer"), hint=_HINT)
    if file is None:
        return None
    if not file.is_file():
        near = did_you_mean(file.name, [item.name for item in file.parent.glob("*.py")])
        message = f"`layer` {block.layer!r}: there is no module {module!r}: no {file.name} beside the plugin"
        return Problem(message, class_place(block, "layer"), hint=near or _HINT)
    try:
        names = list(_stated(ast.parse(file.read_text(encoding="utf-8")).body))
    except (SyntaxError, UnicodeDecodeError) as error:
        line = getattr(error, "lineno", 0) or 0
        message = f"`layer` {block.layer!r}: {shown(str(file))}:{line} is no Python: {said(error)}"
        return Problem(message, class_place(block, "layer"), hint=_HINT)
    if name in names or "*" in names or "__getattr__" in names:
        return None
    message = f"`layer` {block.layer!r}: {shown(str(file))} has no {name!r}"
    return Problem(message, class_place(block, "layer"), hint=did_you_mean(name, names) or _HINT)


def without_layer(block: type[Block]) -> Problem | None:
    """Return what is wrong with a block that can be checked, but not built: it says nothing of its Keras layer."""
    if block.layer or block.build is not Block.build or block.kind not in _LAYERED:
        return None
    hint = f"{_HINT}; or a method `build(name)` that returns a Keras layer"
    return Problem("it states no `layer`", class_place(block), hint=hint)


def _file(name: str, owner: type) -> Path | None:
    """Return the file of a module as the plugin of the class `owner` finds it; None if it is in no Python file."""
    plugin = sys.modules.get(owner.__module__)
    inner = name.lstrip(".")
    level = len(name) - len(inner)
    if plugin is None:
        return None
    own = Path(plugin.__file__ or "")
    if not name:
        return own
    if level:
        folder = own.parents[level - 1]
        return _in_folder(folder, inner) or folder / f"{inner.replace('.', '/')}.py"
    place = place_of(plugin.__name__)
    if place is not None and place.module_name(name):
        # By its own name, a folder is the package that its files are in.
        rest = name.partition(".")[2] if spec_in(place.folder, name) is None else name
        return _in_folder(place.folder, rest)
    parts = name.split(".")
    for known in range(len(parts) - 1, 0, -1):
        # A package that was imported says itself where its modules are.
        package = sys.modules.get(".".join(parts[:known]))
        for folder in getattr(package, "__path__", ()):
            rest = ".".join(parts[known:])
            return _in_folder(Path(folder), rest) or Path(folder) / f"{rest.replace('.', '/')}.py"
    first, _, rest = name.partition(".")
    spec = elsewhere(first)
    if spec is None:
        return own.parent / f"{name.replace('.', '/')}.py"
    folders = list(spec.submodule_search_locations or ())
    if not rest or not folders:
        return _source(spec)
    return _in_folder(Path(folders[0]), rest) or Path(folders[0]) / f"{rest.replace('.', '/')}.py"


def _in_folder(folder: Path, name: str) -> Path | None:
    """Return the file of a module in a folder, or in packages in it; None if there is none."""
    first, _, rest = name.partition(".")
    if not first:
        return folder / "__init__.py"
    check_one_form(folder, first)
    spec = PathFinder.find_spec(first, [str(folder)])
    if spec is None:
        return None
    return _in_folder(folder / first, rest) if rest else _source(spec)


def _source(spec: ModuleSpec) -> Path | None:
    return Path(spec.origin) if spec.origin and spec.origin.endswith(".py") else None


def _stated(statements: list[ast.stmt]) -> Iterator[str]:
    """Yield the names that statements of a module give something, also inside `if`, `try` and `with`."""
    for node in statements:
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            yield node.name
        elif isinstance(node, ast.Import | ast.ImportFrom):
            yield from ((alias.asname or alias.name).partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
            yield from (item.id for item in ast.walk(node) if isinstance(item, ast.Name))
        else:
            for part in ("body", "orelse", "finalbody"):
                yield from _stated(getattr(node, part, []))
            for handler in getattr(node, "handlers", []):
                yield from _stated(handler.body)
