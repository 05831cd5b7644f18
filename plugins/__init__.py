"""The built-in plugins, in families of folders: `block.py` lists the blocks of one, `tracking.py` names a tracker."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path

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
    here = Path(__file__).parent
    for file in sorted(here.glob(f"*/*/{name}.py")):
        yield ".".join([__name__, *file.relative_to(here).with_suffix("").parts])
