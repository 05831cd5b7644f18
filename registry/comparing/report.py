"""Writes a difference for the terminal, or as Markdown for a pull request."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from registry.comparing.difference import Change, Difference
from registry.drawing.labels import ARROW, changed_parameters, clipped, value_text
from registry.wiring.checked_graph import CheckedNode
from registry.wiring.costs import Costs, Load, costs
from registry.wiring.fingerprints import architecture

LOAD = Load(10_000, 1)
"""The batch that memory is compared for."""

LONGEST = 90
"""Longer values are cut."""


@dataclass(frozen=True)
class Entry:
    """A line of the report with the lines below it; `sign`: "+", "-", "~" or " "."""

    sign: str
    head: str
    body: tuple[str, ...] = ()


def sections(found: Difference) -> dict[str, list[Entry]]:
    """Return the parts of the report that have something to say, by title."""
    parts = {
        "added": _merged(Entry("+", path, (_block(found.second.nodes[path]),)) for path in found.added),
        "removed": _merged(Entry("-", path, (_block(found.first.nodes[path]),)) for path in found.removed),
        "changed": _merged(
            Entry("~", change.after, tuple(map(_line, change.changes))) for change in found.changed if change.changes
        ),
        "rewired": _merged(
            Entry("~", change.after, tuple(f"input {_line(item)}" for item in change.rewired))
            for change in found.changed
            if change.rewired
        ),
        "outputs": [Entry("~", _line(change)) for change in found.outputs],
        "configuration": [Entry("~", _line(change)) for change in found.configuration],
        "renamed (no difference)": _merged(
            Entry(" ", f"{before} {ARROW} {after}") for before, after in found.renamed.items()
        ),
    }
    return {title: entries for title, entries in parts.items() if entries}


def text_report(found: Difference, first: str, second: str) -> str:
    """Return the report for the terminal."""
    lines = [f"- {first}", f"+ {second}", ""]
    for title, entries in sections(found).items():
        lines.append(title)
        for entry in entries:
            lines.append(f"  {entry.sign} {entry.head}")
            lines += [f"      {line}" for line in entry.body]
        lines.append("")
    return "\n".join([*lines, *summary(found)])


def markdown_report(found: Difference, first: str, second: str) -> str:
    """Return the report as Markdown."""
    lines = [f"### Architecture: `{first}` {ARROW} `{second}`", ""]
    for title, entries in sections(found).items():
        lines += [f"**{title.capitalize()}**", ""]
        for entry in entries:
            lines.append(f"- `{entry.head}`")
            lines += [f"  - `{line}`" for line in entry.body]
        lines.append("")
    head, *costs_ = summary(found)
    return "\n".join([*lines, head, "", *(f"- {line.strip()}" for line in costs_), ""])


def summary(found: Difference) -> list[str]:
    """Return the verdict, and how the cost changed."""
    before, after = architecture(found.first), architecture(found.second)
    head = f"same architecture {before}" if before == after else f"architecture {before} {ARROW} {after}"
    old, new = costs(found.first, LOAD), costs(found.second, LOAD)
    return [head, *(f"  {line}" for line in _cost_lines(old, new))]


def _cost_lines(old: Costs, new: Costs) -> Iterable[str]:
    uncounted = ", ".join(dict.fromkeys([*old.uncounted, *new.uncounted]))
    without = f", without those of {uncounted}, which are counted when the graph is compiled" if uncounted else ""
    yield "weights: " + _compared(old.trainable + old.frozen, new.trainable + new.frozen) + without
    yield "multiply-adds per hit: " + _compared(old.multiply_adds / LOAD.hits, new.multiply_adds / LOAD.hits)
    kept = _compared(old.training_memory, new.training_memory)
    yield f"training memory at {LOAD.hits:,} hits, in bytes: {kept}"


def _compared(before: float, after: float) -> str:
    if before == after:
        return f"{before:,.0f} (unchanged)"
    change = f" ({100 * (after - before) / before:+.2g} %)" if before else ""
    return f"{before:,.0f} {ARROW} {after:,.0f}{change}"


def _block(node: CheckedNode) -> str:
    settings = "".join(f", {name}: {value_text(value)}" for name, value in changed_parameters(node).items())
    return clipped(node.block.name + settings, LONGEST)


def _line(change: Change) -> str:
    before, after = clipped(value_text(change.before), LONGEST), clipped(value_text(change.after), LONGEST)
    return f"{change.what}: {before} {ARROW} {after}"


def _merged(entries: Iterable[Entry]) -> list[Entry]:
    """Join the passes of a repeat that changed alike: "iterations.*.gravnet (3 passes)"."""
    groups: dict[tuple[str, str, tuple[str, ...]], list[Entry]] = {}
    for entry in entries:
        body = tuple(_without_passes(line) for line in entry.body)
        groups.setdefault((entry.sign, _without_passes(entry.head), body), []).append(entry)
    joined = []
    for (sign, head, body), members in groups.items():
        alike = Entry(sign, f"{head} ({len(members)} passes)", body)
        joined.append(alike if len(members) > 1 else members[0])
    return joined


def _without_passes(text: str) -> str:
    return re.sub(r"\.\d+(?=\.)", ".*", text)
