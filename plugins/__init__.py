"""The built-in blocks, in families: a folder per block or close family, whose `block.py` lists `BLOCKS`."""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
from collections.abc import Iterator

from registry.contract.block import Block
from registry.contract.hooks import hookimpl


@hookimpl
def register_blocks() -> list[type[Block]]:
    """Return the blocks of every folder here that has a `block.py`."""
    return [block for module in _block_modules() for block in importlib.import_module(module).BLOCKS]


def _block_modules() -> Iterator[str]:
    for family in pkgutil.iter_modules(__path__, f"{__name__}."):
        folder = importlib.util.find_spec(family.name)
        for inner in pkgutil.iter_modules(folder.submodule_search_locations if folder else None, f"{family.name}."):
            if inner.ispkg and importlib.util.find_spec(f"{inner.name}.block"):
                yield f"{inner.name}.block"
