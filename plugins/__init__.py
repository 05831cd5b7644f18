"""The built-in plugins, in families of folders: `block.py` lists the blocks of one, `tracking.py` names a tracker."""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
from collections.abc import Iterator

from registry.contract.block import Block
from registry.contract.hooks import hookimpl
from registry.contract.tracker import Tracking


@hookimpl
def register_blocks() -> list[type[Block]]:
    """Return the blocks of every folder here that has a `block.py`."""
    return [block for module in _modules("block") for block in importlib.import_module(module).BLOCKS]


@hookimpl
def register_tracking() -> list[Tracking]:
    """Return the tracker of every folder here that has a `tracking.py`."""
    return [importlib.import_module(module).TRACKING for module in _modules("tracking")]


def _modules(name: str) -> Iterator[str]:
    """Yield the modules of a name in the folders of every family."""
    for family in pkgutil.iter_modules(__path__, f"{__name__}."):
        folder = importlib.util.find_spec(family.name)
        for inner in pkgutil.iter_modules(folder.submodule_search_locations if folder else None, f"{family.name}."):
            if inner.ispkg and importlib.util.find_spec(f"{inner.name}.{name}"):
                yield f"{inner.name}.{name}"
