"""The built-in blocks: one folder per block or close family, each with a `block.py` that lists its `BLOCKS`."""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil

from registry.block import Block
from registry.hookspecs import hookimpl


@hookimpl
def register_blocks() -> list[type[Block]]:
    """Return the blocks of every folder here that has a `block.py`."""
    found: list[type[Block]] = []
    for folder in pkgutil.iter_modules(__path__):
        if folder.ispkg and importlib.util.find_spec(f"{__name__}.{folder.name}.block"):
            found += importlib.import_module(f"{__name__}.{folder.name}.block").BLOCKS
    return found
