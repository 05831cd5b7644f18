"""Holds many blocks to the laws, in several processes."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import redirect_stdout
from multiprocessing import get_context
from typing import Any

from registry.contract.block import Block
from registry.loading.blocks import Registry, load_registry
from registry.testing.kit import Verdict, all_laws
from registry.testing.report import report

_registry: list[Registry] = []
"""The blocks of this process, once they have been loaded."""


def report_many(
    blocks: Sequence[type[Block]], plugins: Sequence[str], laws: Sequence[str], jobs: int
) -> Iterator[tuple[type[Block], list[Verdict]]]:
    """Print what comes out of laws of these names for blocks with their examples, and yield it, in their order."""
    tasks = [(block, given) for block in blocks for given in block.examples]
    found: dict[str, list[Verdict]] = {block.name: [] for block in blocks}
    # Processes that are forked would share the threads of TensorFlow.
    with ProcessPoolExecutor(jobs, get_context("spawn"), _start, (list(plugins),)) as pool:
        results = pool.map(_examined, *zip(*((block.name, given, list(laws)) for block, given in tasks), strict=True))
        for (block, _), (text, verdicts) in zip(tasks, results, strict=True):
            print(text, end="", flush=True)
            found[block.name] += verdicts
    yield from ((block, found[block.name]) for block in blocks)


def _start(plugins: Sequence[str]) -> None:
    _registry.append(load_registry([(name, None) for name in plugins]))


def _examined(name: str, given: Mapping[str, Any], names: Sequence[str]) -> tuple[str, list[Verdict]]:
    """Return what is printed of one block with one example, and what came out."""
    block = _registry[0].find(name)
    assert block is not None
    text = io.StringIO()
    with redirect_stdout(text):
        verdicts = list(report(block, [given], [law for law in all_laws() if law.name in names]))
    return text.getvalue(), verdicts
