"""The page of what came out of holding all blocks to the laws: the laws, and a table for each kind of block."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from registry.contract.block import Block
from registry.testing.kit import Verdict, all_laws
from registry.testing.law import Law

HOLDS, BROKEN = "holds", "**broken**"

HEAD = """# Conformance of the built-in blocks

Every block is held to laws, the same for those that come with the package and for [your own](plugins/testing.md), with
each of the parameters that it names as `examples`. This page is written by
`python -m registry.blocks --test --jobs 2 --write docs/conformance.md`.

## Laws

| law | of | what it demands |
|---|---|---|
"""


def page(verdicts: Mapping[type[Block], Sequence[Verdict]]) -> str:
    """Return the page of what came out; a law that was not asked about is not on it."""
    asked = {verdict.law for items in verdicts.values() for verdict in items}
    laws = [law for law in all_laws() if law.name in asked]
    text = HEAD + "".join(f"| {law.name} | {law.concerns} | {law.demand} |\n" for law in laws)
    for kind in dict.fromkeys(block.kind for block in verdicts):
        blocks = {block: items for block, items in verdicts.items() if block.kind == kind}
        own = [law for law in laws if any(v.asked for items in blocks.values() for v in items if v.law == law.name)]
        text += "\n".join(["", f"## {kind[0].upper()}{kind[1:]}", "", *_table(blocks, own), ""])
    return text


def _table(blocks: Mapping[type[Block], Sequence[Verdict]], laws: Sequence[Law]) -> Iterator[str]:
    """Yield the lines of a table, and of what its numbers stand for: why a law does not apply, or is not kept."""
    reasons: dict[str, int] = {}
    yield "| block | " + " | ".join(law.name for law in laws) + " |"
    yield "|---|" + "---|" * len(laws)
    for block, items in blocks.items():
        cells = [_cell([v for v in items if v.law == law.name], reasons) for law in laws]
        yield f"| `{block.name}` | " + " | ".join(cells) + " |"
    if reasons:
        yield ""
        yield from (f"{number}. {reason}" for reason, number in reasons.items())


def _cell(verdicts: Iterable[Verdict], reasons: dict[str, int]) -> str:
    """Return what came out of one law for one block, over all of its examples."""
    verdicts = list(verdicts)
    if any(verdict.breach for verdict in verdicts):
        return BROKEN
    if any(verdict.holds for verdict in verdicts):
        return HOLDS
    said = [f"{'exempt' if verdict.exempt else 'does not apply'}: {verdict.reason}" for verdict in verdicts]
    numbers = [reasons.setdefault(text, len(reasons) + 1) for text in dict.fromkeys(said)]
    return ", ".join(f"({number})" for number in numbers)
