"""The blocks that plugins registered, by name; a built-in one is imported when somebody asks for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from registry.contract.block import Block
from registry.contract.named_block import NamedBlock


class KnownBlocks(Mapping[str, type[Block]]):
    """Block classes by name, in the order they were registered in."""

    def __init__(self) -> None:
        self._known: dict[str, type[Block] | NamedBlock] = {}

    def add(self, block: type[Block] | NamedBlock) -> bool:
        """Add a block under its name; False, and nothing changes, if the name is taken."""
        return self._known.setdefault(block.name, block) is block

    def __getitem__(self, name: str) -> type[Block]:
        found = self._known[name]
        if isinstance(found, NamedBlock):
            found = self._known[name] = found.load()
        return found

    def __contains__(self, name: object) -> bool:
        return name in self._known

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)
