"""What came out of holding blocks to the laws: as text for the terminal, and as the page of all built-in blocks."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from registry.contract.block import Block
from registry.testing.kit import Verdict, all_laws, examine
from registry.testing.law import Law

OTHER_KIND = "no "
"""How reasons begin for which a law does not apply to blocks of a kind at all."""

HEAD = """# Conformance of the built-in blocks

Every block is held to laws, the same for those that come with the package and for [your own](plugins/testing.md). This
page is written by `python -m registry.blocks --test --write docs/conformance.md`.

"""


def report(block: type[Block], parameters: Sequence[Mapping[str, Any]], laws: Sequence[Law]) -> Iterator[Verdict]:
    """Print what comes out of every law for a block, as it comes, and yield it."""
    for given in parameters:
        print(f"{block.name} {json.dumps(given) if given else ''}".rstrip())
        for verdict in examine(block, given, laws):
            if not verdict.reason.startswith(OTHER_KIND):
                print(f"  {verdict.law:<24} {_said(verdict)}", flush=True)
            yield verdict


def _said(verdict: Verdict) -> str:
    if verdict.breach:
        return f"BROKEN\n      expected {verdict.breach.expected}\n      received {verdict.breach.received}"
    return "holds" if verdict.holds else f"{'exempt' if verdict.exempt else 'not applicable'}: {verdict.reason}"


def page(verdicts: Mapping[type[Block], Sequence[Verdict]]) -> str:
    """Return the page of what came out: the laws, and a table for each kind of block."""
    laws = [law for law in all_laws() if any(v.law == law.name for items in verdicts.values() for v in items)]
    lines = [HEAD + "| law | what it demands |\n|---|---|"]
    lines += [f"| {law.name} | {_demand(law)} |" for law in laws]
    for kind in dict.fromkeys(block.kind for block in verdicts):
        blocks = {block: items for block, items in verdicts.items() if block.kind == kind}
        lines += ["", f"## {kind[0].upper()}{kind[1:]}", ""]
        lines += list(_table(blocks, [law for law in laws if _concerns(law, blocks.values())]))
        lines += [f"\nNot applicable: {reason}." for reason in _reasons(laws, blocks.values())]
    return "\n".join(lines) + "\n"


def _demand(law: Law) -> str:
    return (law.__doc__ or "").strip().splitlines()[0]


def _concerns(law: Law, groups: Iterable[Sequence[Verdict]]) -> bool:
    """Say whether a law applies to any of some blocks."""
    return any(v.law == law.name and (not v.reason or v.exempt) for items in groups for v in items)


def _reasons(laws: Sequence[Law], groups: Iterable[Sequence[Verdict]]) -> Iterator[str]:
    """Yield the laws that apply to none of some blocks, by the reason."""
    groups = list(groups)
    named: dict[str, list[str]] = {}
    for law in laws:
        if not _concerns(law, groups):
            reason = next((v.reason for items in groups for v in items if v.law == law.name), "")
            named.setdefault(reason, []).append(law.name)
    yield from (f"{', '.join(names)} ({reason})" for reason, names in named.items() if reason)


def _table(blocks: Mapping[type[Block], Sequence[Verdict]], laws: Sequence[Law]) -> Iterator[str]:
    yield "| block | " + " | ".join(law.name for law in laws) + " |"
    yield "|---|" + "---|" * len(laws)
    for block, items in blocks.items():
        yield f"| `{block.name}` | " + " | ".join(_cell([v for v in items if v.law == law.name]) for law in laws) + " |"


def _cell(verdicts: Sequence[Verdict]) -> str:
    """Return what came out of one law for one block, over all of its examples."""
    if any(verdict.breach for verdict in verdicts):
        return "**broken**"
    if any(verdict.holds for verdict in verdicts):
        return "holds"
    first = next(iter(verdicts), None)
    return "" if first is None else f"exempt: {first.reason}" if first.exempt else f"not applicable: {first.reason}"
