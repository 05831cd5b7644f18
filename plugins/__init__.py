"""The built-in plugins, in families of folders: `block.py` lists the blocks of one, `tracking.py` names a tracker."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from registry.contract.hooks import hookimpl
from registry.contract.named_block import NamedBlock

if TYPE_CHECKING:
    from registry.contract.block import Block
    from registry.contract.tracker import Tracking

_NAME = re.compile(r'^    name(?:: [^=\n]+)? = "(\S+)"$', re.MULTILINE)
"""How every `block.py` states the names of its blocks."""


@hookimpl
def register_blocks() -> list[NamedBlock]:
    """Return the blocks of every folder here that has a `block.py`."""
    return [
        NamedBlock(name, partial(_block, module, name))
        for module, file in _modules("block")
        for name in _NAME.findall(file.read_text(encoding="utf-8"))
    ]


@hookimpl
def register_tracking() -> list[Tracking]:
    """Return the tracker of every folder here that has a `tracking.py`."""
    return [importlib.import_module(module).TRACKING for module, _ in _modules("tracking")]


def _block(module: str, name: str) -> type[Block]:
    """Return a block of a module by its name."""
    return next(block for block in importlib.import_module(module).BLOCKS if block.name == name)


def _modules(name: str) -> Iterator[tuple[str, Path]]:
    """Yield the modules of a name in the folders of every family, with their files."""
    here = Path(__file__).parent
    for file in sorted(here.glob(f"*/*/{name}.py")):
        yield ".".join([__name__, *file.relative_to(here).with_suffix("").parts]), file
