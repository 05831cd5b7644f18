"""The ranking for a terminal: a table, what differs, warnings, and what is set apart."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, TextIO

from registry.comparing.numbers import NONE, duration, p_value, with_error
from registry.comparing.ranking import Ranking, Row
from registry.drawing.labels import memory_text

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

WIDTH = 130
"""Columns of what is written where there is no terminal."""

BETTER = {"min": "less is better", "max": "more is better"}


def show(found: Ranking, stream: TextIO) -> None:
    """Print the ranking, with colours where the stream is a terminal that shows them."""
    from rich.console import Console

    width = None if stream.isatty() else WIDTH
    _print(found, Console(file=stream, width=width, highlight=False, markup=False, emoji=False))


def text(found: Ranking) -> str:
    """Return the ranking as text without colours."""
    from rich.console import Console

    stream = io.StringIO()
    _print(found, Console(file=stream, width=WIDTH, highlight=False, markup=False, emoji=False, force_jupyter=False))
    return stream.getvalue().rstrip("\n")


def _print(found: Ranking, console: Console) -> None:
    for part in _parts(found):
        console.print(part)


def _parts(found: Ranking) -> Iterator[RenderableType]:
    from rich.text import Text

    runs = sum(len(group.runs) for group in found.groups)
    yield f"{runs} runs in {len(found.groups)} groups, best first under {found.metric} ({BETTER[found.direction]})\n"
    yield _table(found)
    if footer := _footer(found):
        yield Text(footer, style="dim")
    for item in found.changes:
        yield Text(f"\n{item.first.letter} \u2192 {item.second.letter}", style="bold")
        for factor in item.factors:
            for number, line in enumerate(factor.lines):
                yield Text(f"  {factor.name if not number else '':9} {line}")
        if not item.factors:
            yield Text("  nothing that was recorded")
    if found.warnings:
        yield ""
    for warning in found.warnings:
        yield Text(f"warning: {warning}", style="yellow")
    if found.apart:
        yield Text("\nset apart, not in any figure above", style="bold")
    for apart in found.apart:
        yield Text(f"  {apart.run.name} ({apart.run.address}, seed {apart.run.seed}): {apart.reason}")
    for note in found.notes:
        yield Text(f"note: {note}", style="dim")


def _table(found: Ranking) -> RenderableType:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    made = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    tested = len(found.rows) > 1
    columns = head(found)
    for name in columns:
        made.add_column(name, justify="left" if name in ("group", "seeds") else "right", no_wrap=name != "group")
    for number, row in enumerate(found.rows):
        made.add_row(*cells(row, found), style="bold" if tested and not number else None)
    return made


def head(found: Ranking) -> list[str]:
    """Return what stands above the columns of the table."""
    tests = [f"difference to {found.against.letter}", "p (t)", "p (signs)"] if len(found.rows) > 1 else []
    return ["group", "seeds", found.metric, *tests, "time", "memory", "weights"]


def cells(row: Row, found: Ranking) -> list[str]:
    """Return the cells of a group."""
    cost, test = row.cost, row.test
    tests: Sequence[str] = []
    if len(found.rows) > 1:
        tests = [NONE] * 3
        if test:
            corrected = f" ({p_value(test.p_holm)})" if _corrected(found) and test.p == test.p else ""
            tests = [with_error(test.difference), p_value(test.p) + corrected, p_value(test.p_signs)]
    memory = NONE if cost.memory is None else memory_text(cost.memory)
    weights = NONE if cost.weights is None else f"{cost.weights:,}"
    seeds = ", ".join(map(str, row.group.seeds))
    return [row.group.title, seeds, with_error(row.value), *tests, duration(cost.seconds.mean), memory, weights]


def _corrected(found: Ranking) -> bool:
    return sum(row.test is not None for row in found.rows) > 1


def _footer(found: Ranking) -> str:
    said = ["\u00b1: standard error of the mean over seeds (none for one seed)"]
    if any(row.test for row in found.rows):
        corrected = ", in brackets corrected for the number of groups (Holm)" if _corrected(found) else ""
        said.append(f"p (t): paired t-test over equal seeds{corrected}; p (signs): exact permutation of signs")
    said.append("time: all epochs of a training; memory: planned, a training step of 10,000 hits")
    return "\n".join(said)
