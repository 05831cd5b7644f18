"""Which files a check has looked at, where that can be said."""

from __future__ import annotations

import os
from collections.abc import Iterator

from registry.contract.block import has_mark
from registry.contract.keras_modules import files_of
from registry.contract.keras_names import FAMILIES
from registry.contract.keras_optimizers import MODULE
from registry.language.files import LOOKED_FOR, built_in_folder
from registry.loading.installed import BUILTIN
from registry.wiring.checked_graph import CheckedGraph, CheckedNode
from registry.wiring.code_fingerprint import BUILTIN as BUILTIN_PACKAGE
from registry.wiring.code_fingerprint import ENGINE, package_folder


def looked_at(checked: CheckedGraph) -> list[str] | None:
    """Return all files and folders, beside modules that are imported, that the check of a graph followed from.

    None for a graph of which that cannot be said: one with plugins, which may look at anything, with blocks made of
    other people's layers, with files of data or weights, or of a recorded run.
    """
    plugins = {name for name, _ in checked.registry.manager.list_name_plugin()}
    weights = any(graph.weights for graph in checked.expanded.subgraphs.values())
    if plugins != {BUILTIN} or weights or checked.address or not all(map(_is_built_in, checked.nodes.values())):
        return None
    keras = [file for module in (MODULE, *(family.module for family in FAMILIES)) for file in files_of(module)]
    return [*checked.expanded.files, *LOOKED_FOR, *keras, *_sources()]


def _is_built_in(node: CheckedNode) -> bool:
    """Say whether a node's block, and those that it names, are built-in ones that read no file."""
    for block in (node.block, *getattr(node.block, "augmentations", ())):
        fields = type(block.params).model_fields.items()
        paths = [getattr(block.params, name) for name, field in fields if has_mark(field, "path")]
        if any(paths) or not type(block).__module__.startswith(f"{BUILTIN_PACKAGE}."):
            return False
    return True


def _sources() -> Iterator[str]:
    """Yield the folders and files of this package: the fingerprint of the code is of them all."""
    pending = [*map(package_folder, (ENGINE, BUILTIN_PACKAGE)), str(built_in_folder("configs"))]
    while pending:
        folder = pending.pop()
        yield folder
        with os.scandir(folder) as entries:
            for entry in entries:
                if not entry.is_dir(follow_symlinks=False):
                    yield entry.path
                elif entry.name != "__pycache__":
                    pending.append(entry.path)
