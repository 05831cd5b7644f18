"""What came out of holding a block to the laws, as text for the terminal."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from registry.contract.block import Block
from registry.testing.broken import Breach
from registry.testing.kit import Verdict, examine
from registry.testing.law import Law


def report(block: type[Block], parameters: Sequence[Mapping[str, Any]], laws: Sequence[Law]) -> Iterator[Verdict]:
    """Print what comes out of every law for a block, as it comes, and yield it."""
    for given in parameters:
        print(f"{block.name} {json.dumps(given) if given else ''}".rstrip())
        breaches: list[Breach] = []
        for verdict in examine(block, given, laws):
            if verdict.asked:
                print(f"  {verdict.law:<24} {_said(verdict, breaches)}", flush=True)
            breaches += [verdict.breach] if verdict.breach else []
            yield verdict


def _said(verdict: Verdict, earlier: Sequence[Breach]) -> str:
    if verdict.breach:
        for breach in earlier:
            if breach.alike(verdict.breach):
                return f"BROKEN in the same way as {breach.law!r}"
        place = f"  {verdict.breach.place}" if verdict.breach.place else ""
        return "\n    ".join([f"BROKEN{place}", *verdict.breach.lines()])
    return "holds" if verdict.holds else f"{'exempt' if verdict.exempt else 'not applicable'}: {verdict.reason}"
