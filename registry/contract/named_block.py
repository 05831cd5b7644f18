"""A block that is known by its name before its module is imported."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from registry.contract.block import Block


@dataclass(frozen=True)
class NamedBlock:
    """A block whose module is imported by `load` when a graph names the block."""

    name: str
    load: Callable[[], type[Block]]
