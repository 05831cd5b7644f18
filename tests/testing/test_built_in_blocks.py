"""Every built-in block keeps the laws of blocks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from registry.contract.block import Block
from registry.testing.kit import all_laws, examine
from registry.testing.subject import NETWORK
from tests.plugins.built_in import built_in_blocks

LONG = ("object_condensation",)
"""Blocks of which a law takes many seconds: the many terms of a loss are compiled again for each."""

TRIED = [
    pytest.param(block, given, id=f"{block.name}-{number}", marks=[pytest.mark.long] * (block.name in LONG))
    for block in built_in_blocks()
    for number, given in enumerate(block.examples)
]


@pytest.mark.parametrize(("block", "given"), TRIED)
def test_a_block_keeps_the_laws(block: type[Block], given: Mapping[str, Any]) -> None:
    fast = [law for law in all_laws() if not law.slow]
    assert [str(verdict.breach) for verdict in examine(block, given, fast) if verdict.breach] == []


@pytest.mark.long
@pytest.mark.timeout(1800)  # all pairs of 100,000 hits are 10^10 distances: manhattan_knn takes minutes
@pytest.mark.parametrize(("block", "given"), [entry for entry in TRIED if entry.values[0].kind in NETWORK])
def test_a_block_keeps_the_laws_that_take_seconds(block: type[Block], given: Mapping[str, Any]) -> None:
    slow = [law for law in all_laws() if law.slow]
    assert [str(verdict.breach) for verdict in examine(block, given, slow) if verdict.breach] == []
