"""The versions of the blocks that a run was made with: another version computes something else."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from registry.contract.errors import Problem
from registry.loading.blocks import Registry

if TYPE_CHECKING:
    from registry.wiring.checked_graph import CheckedGraph

BLOCKS = "environment/blocks.json"
"""The text of a run that has the version of every block of its graph."""


def block_versions(checked: CheckedGraph) -> str:
    """Return the version of every block that a graph uses, as the text that a run keeps."""
    found = {node.block.name: node.block.version for node in checked.nodes.values()}
    return json.dumps(dict(sorted(found.items())), indent=1) + "\n"


def changed_versions(made: str, now: str) -> dict[str, tuple[int, int]]:
    """Return the blocks that two runs both use in different versions, with the versions, from their texts."""
    one, other = (_read(text) for text in (made, now))
    return {name: (one[name], other[name]) for name in one if name in other and one[name] != other[name]}


def other_versions(made: str, registry: Registry) -> Iterator[Problem]:
    """Say of which blocks of a run there is another version here."""
    for name, was in _read(made).items():
        block = registry.find(name)
        if block is not None and block.version != was:
            message = f"block {name!r}: the run was made with version {was}; here it is version {block.version}"
            hint = "it computes something else: what is repeated gives other numbers"
            yield Problem(message, hint=hint, severity="warning")


def _read(text: str) -> Mapping[str, int]:
    found: dict[str, int] = json.loads(text) if text else {}
    return found
