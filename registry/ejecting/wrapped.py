"""Layers that look for their function, or their class, by its name: a script hands it to them."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from registry.contract.block import Block
from registry.contract.function_block import FunctionTransform
from registry.contract.function_registry import FunctionBlock
from registry.contract.searching import elsewhere, origin
from registry.ejecting import standing
from registry.ejecting.collecting import Symbol
from registry.ejecting.edits import Edit
from registry.ejecting.layers import text
from registry.ejecting.source import SourceModule
from registry.loading.imported_block import IMPORT_PREFIX, ImportedBlock

PARTIAL = Symbol("functools", "partial", library=True)


@dataclass(frozen=True)
class Wrapped:
    """How the layer of a node is written.

    `layer`: its class in the script; `code`: the function or the class that it is given, with `arguments`; `called`: it
    is given what the class makes of them; `further`: arguments of the layer itself.
    """

    layer: type
    code: Symbol
    arguments: Mapping[str, Any]
    called: bool = False
    further: Mapping[str, Any] = field(default_factory=dict)


def wrapped(block: Block) -> Wrapped | None:
    """Return how the layer of a block is written; None for one that is written as it is."""
    if isinstance(block, FunctionBlock):
        config = block.layer_config()
        function = Symbol(type(block).__module__, type(block).__qualname__)
        if isinstance(block, FunctionTransform):
            columns = {"columns": config["columns"]}
            return Wrapped(standing.FunctionTransformLayer, function, config["parameters"], further=columns)
        return Wrapped(standing.FunctionLayer, function, config["parameters"])
    if isinstance(block, ImportedBlock):
        module, _, name = block.address.partition(":")
        arguments = block.params.model_extra or {}
        return Wrapped(standing.ImportedLayer, Symbol(module, name, library=True), arguments, called=True)
    return None


def package_folders(blocks: Iterable[str]) -> list[str]:
    """Return the folders that hold the packages whose layers some of the blocks import."""
    addresses = [name.removeprefix(IMPORT_PREFIX) for name in blocks if name.startswith(IMPORT_PREFIX)]
    firsts = {address.partition(":")[0].partition(".")[0] for address in addresses}
    found = [Path(origin(spec)) for first in sorted(firsts) if (spec := elsewhere(first))]
    return list(dict.fromkeys(str(file.parents[file.name == "__init__.py"]) for file in found))


def decorators_left_out(source: SourceModule, node: ast.AST) -> Iterator[tuple[int, int]]:
    """Yield what makes a function a block: its decorators, and defaults that say more than a value."""
    if _block_of(source, node) is None or not isinstance(node, ast.FunctionDef):
        return
    for decorator in node.decorator_list:
        start, end = source.span(decorator)
        yield source.text.rfind("\n", 0, start) + 1, source.text.find("\n", end) + 1
    for _, default in _declared(node):
        yield source.span(default)


def default_edits(source: SourceModule, node: ast.FunctionDef) -> Iterator[Edit]:
    """Yield the values in the place of defaults that say more."""
    block = _block_of(source, node)
    for name, default in _declared(node) if block else ():
        assert block is not None
        found = block.Params.model_fields[name]
        value = None if found.is_required() else found.get_default(call_default_factory=True)
        end = source.span(default)[1]
        yield Edit(end, end, text(value))


def _block_of(source: SourceModule, node: ast.AST) -> type[FunctionBlock] | None:
    found = vars(sys.modules[source.name]).get(node.name) if isinstance(node, ast.FunctionDef) else None
    return found if isinstance(found, type) and issubclass(found, FunctionBlock) else None


def _declared(node: ast.FunctionDef) -> Iterator[tuple[str, ast.expr]]:
    """Yield the arguments of a function with defaults that are calls, `param(...)`."""
    given = node.args
    positional = [*given.posonlyargs, *given.args]
    pairs = [*zip(positional[len(positional) - len(given.defaults) :], given.defaults, strict=True)]
    pairs += [
        (argument, default) for argument, default in zip(given.kwonlyargs, given.kw_defaults, strict=True) if default
    ]
    yield from ((argument.arg, default) for argument, default in pairs if isinstance(default, ast.Call))
