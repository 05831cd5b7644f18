"""The ranking for a terminal: a table, what differs, warnings, and what is set apart."""

from __future__ import annotations

import io
import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, TextIO

from registry.comparing.numbers import number, with_error
from registry.comparing.ranking import Ranking, by_metric
from registry.comparing.texts import cells, head, main_metrics, measured, over_events_rows, several_tested

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.table import Table

WIDTH = 130
"""Columns of what is written where there is no terminal."""

MOST_COLUMNS = 6
"""Groups up to which the table of metrics fits a terminal."""

FEW_SEEDS = 7
"""Seeds below which the permutation of signs cannot reach p = 0.02, which is said."""

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
    if len(found.groups) <= MOST_COLUMNS:
        yield ""
        yield _metrics(found)
    if any(found.events.values()):
        yield Text(f"\nover events, minus {found.against.letter}: difference [95 % interval] p", style="bold")
        yield _over_events(found)
    for item in found.changes:
        yield Text(f"\n{item.first.letter} \u2192 {item.second.letter}", style="bold")
        for factor in item.factors:
            for place, line in enumerate(factor.lines):
                yield Text(f"  {factor.name if not place else '':9} {line}")
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
    made = _new_table()
    tested = len(found.rows) > 1
    columns = head(found)
    for name in columns:
        if name == "group":
            # What tells groups apart may stand at the end of a long word.
            made.add_column(name, overflow="fold")
            continue
        made.add_column(name, justify="left" if name == "seeds" else "right", no_wrap=True)
    for place, row in enumerate(found.rows):
        made.add_row(*cells(row, found), style="bold" if tested and not place else None)
    return made


def metrics_text(found: Ranking) -> str:
    """Return the table of the metrics that count as text: of one group the value of every seed and the mean."""
    from rich.console import Console

    stream = io.StringIO()
    console = Console(file=stream, width=WIDTH, highlight=False, markup=False, emoji=False, force_jupyter=False)
    console.print(_metrics(found))
    return stream.getvalue().rstrip("\n")


def _metrics(found: Ranking) -> RenderableType:
    """Return the main metrics: of one group every seed's and the mean, of several groups their means."""
    names, groups = main_metrics(found), found.groups
    made = _new_table()
    made.add_column("metric")
    if len(groups) == 1:
        (group,) = groups
        for name in (*(f"seed {seed}" for seed in group.seeds), "mean"):
            made.add_column(name, justify="right")
        for name, mean in by_metric(group, names).items():
            made.add_row(name, *(number(run.values.get(name, math.nan)) for run in group.runs), with_error(mean))
        seconds = found.rows[0].cost.seconds
        made.add_row("time, s", *(number(run.seconds) for run in group.runs), with_error(seconds))
        return made
    columns = [by_metric(group, names) for group in groups]
    for group in groups:
        made.add_column(group.letter, justify="right")
    for name in names:
        made.add_row(name, *(with_error(column[name]) for column in columns))
    return made


def _over_events(found: Ranking) -> RenderableType:
    made = _new_table()
    names, rows = over_events_rows(found)
    for name in names:
        made.add_column(name, justify="left" if name == "figure" else "right")
    for row in rows:
        made.add_row(*row)
    return made


def _new_table() -> Table:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    return Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)


def _footer(found: Ranking) -> str:
    said = ["\u00b1: standard error of the mean over seeds (none for one seed)"]
    tests = [row.test for row in found.rows if row.test]
    if tests:
        corrected = ", in brackets corrected for the number of groups (Holm)" if several_tested(found) else ""
        said.append(f"p (t): paired t-test over equal seeds{corrected}; p (signs): exact permutation of signs")
        most = max(len(test.seeds) for test in tests)
        if 2 <= most < FEW_SEEDS:
            said[-1] += f", with {most} seeds {number(2 / 2**most, 3)} at the least"
    peak = "; peak: the most that the process of a training took" if measured(found) else ""
    said.append(f"time: all epochs of a training; memory: planned, a training step of 10,000 hits{peak}")
    return "\n".join(said)
