"""The blocks that come with the package, all of them imported."""

from __future__ import annotations

from registry.contract.block import Block
from registry.plugins import register_blocks


def built_in_blocks() -> list[type[Block]]:
    """Return the class of every built-in block."""
    return [block.load() for block in register_blocks()]
