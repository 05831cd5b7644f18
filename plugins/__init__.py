"""The built-in plugins, in families of folders: `block.py` lists the blocks of one, `tracking.py` names a tracker."""

from __future__ import annotations

import importlib
import os
import re
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from registry.contract.hooks import hookimpl
from registry.contract.named_block import NamedBlock
from registry.contract.remembered import remembered

if TYPE_CHECKING:
    from registry.contract.block import Block
    from registry.contract.tracker import Tracking

HERE = os.path.dirname(__file__)

_NAME = re.compile(r'^    name(?:: [^=\n]+)? = "(\S+)"$', re.MULTILINE)
"""How every `block.py` states the names of its blocks."""


@hookimpl
def register_blocks() -> list[NamedBlock]:
    """Return the blocks of every folder here that has a `block.py`."""
    modules = dict(_modules("block"))
    stated = remembered(f"blocks in {HERE}", modules.values(), lambda: _names(modules))
    return [NamedBlock(name, partial(_block, module, name)) for module, names in stated.items() for name in names]


@hookimpl
def register_tracking() -> list[Tracking]:
    """Return the tracker of every folder here that has a `tracking.py`."""
    return [importlib.import_module(module).TRACKING for module, _ in _modules("tracking")]


def _block(module: str, name: str) -> type[Block]:
    """Return a block of a module by its name."""
    return next(block for block in importlib.import_module(module).BLOCKS if block.name == name)


def _names(modules: Mapping[str, str]) -> dict[str, list[str]]:
    """Return the names of the blocks of every module, as its file states them."""
    return {module: _NAME.findall(Path(file).read_text(encoding="utf-8")) for module, file in modules.items()}


# By `Path.glob` it takes five times as long, on every start.
def _modules(name: str) -> Iterator[tuple[str, str]]:
    """Yield the modules of a name in the folders of every family, with their files."""
    for family in _folders(HERE):
        for folder in _folders(os.path.join(HERE, family)):
            file = os.path.join(HERE, family, folder, f"{name}.py")
            if os.path.isfile(file):
                yield f"{__name__}.{family}.{folder}.{name}", file


def _folders(above: str) -> list[str]:
    with os.scandir(above) as entries:
        return sorted(entry.name for entry in entries if entry.is_dir())
