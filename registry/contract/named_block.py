"""A block that is known by its name before its module is imported."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from registry.contract.records import record

if TYPE_CHECKING:
    from registry.contract.block import Block


@record
class NamedBlock:
    """A block whose module is imported by `load` when a graph names the block."""

    name: str
    load: Callable[[], type[Block]]
