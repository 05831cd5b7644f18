"""What data are like, as lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from registry.console.table import text_table
from registry.surveying.found import Found
from registry.surveying.parts import PartsFound
from registry.surveying.statistics import ColumnStatistics, Counts

HEAD = ("column", "type", "values", "nan", "least", "greatest", "mean", "distinct", "unit", "")


def lines(found: Found, every: bool = False) -> Iterator[str]:
    """Yield what data are like; `every`: all columns, not only those that the description names."""
    stored = found.stored
    files = stored.files
    held = f", {files[0]}" + (f" and {len(files) - 1} more" if len(files) > 1 else "") if files else ""
    counts = Counts.of(stored.sizes)
    yield f"data: {found.loader}{held}"
    empty = f", {counts.n_empty:,} of them empty" if counts.n_empty else ""
    yield f"events: {counts.n_events:,}{empty}; {counts.total:,} hits, {counts.text} in an event"
    yield from _truth(found)
    parts = [f"{part} {events:,} events, {hits:,} hits" for part, (events, hits) in found.parts.items()]
    yield "parts: " + "; ".join(parts)
    yield from (f"removed: {note}" for note in found.notes)
    shown = {name: column for name, column in found.columns.items() if every or not stored.used or name in stored.used}
    if found.looked is not None:
        yield from _of_parts(found.looked)
    yield from (f"neighbours {item.node!r} in {item.space}: {item.text}" for item in found.neighbourhoods)
    yield from (item.line for item in found.losses)
    yield ""
    rows = [HEAD, *(column_row(name, column, stored.units.get(name, "")) for name, column in shown.items())]
    yield from text_table(rows, right=range(2, 8), ruled=True)
    left = len(found.columns) - len(shown)
    if left:
        yield f"{left} more columns are not used: --columns shows them"


def _truth(found: Found) -> Iterator[str]:
    truth = found.stored.truth
    if truth is None:
        yield "truth: nothing says which object a hit belongs to"
        return
    n_hits = int(found.stored.sizes.sum())
    share = f"{100 * truth.noise / n_hits:.1f} %" if n_hits else "none"
    objects = Counts.of(truth.objects)
    yield f"objects: {objects.total:,} with hits, {objects.text} in an event, {Counts.of(truth.hits).text} hits each"
    if truth.listed is not None:
        yield f"objects: {int(truth.listed.sum()):,} listed, {Counts.of(truth.listed).text} in an event"
    yield f"noise: {share} of the hits" + (f"; {truth.shared:,} hits are shared by objects" if truth.shared else "")


def _of_parts(looked: PartsFound) -> Iterator[str]:
    twice = {part: found.twice for part, found in looked.parts.items() if found.twice}
    if twice:
        yield "twice in their event: " + "; ".join(f"{count:,} {part} hits" for part, count in twice.items())
    if looked.same:
        first, other = looked.same[0]
        yield f"events with the hits of another one: {len(looked.same):,}, such as {other} of {first}"
    for drift in looked.drifts:
        if drift.is_marked:
            yield f"drift: {drift.column!r} of {drift.part} is not as in training: distance {drift.distance:.2f}"


def column_row(name: str, column: ColumnStatistics, unit: str) -> tuple[str, ...]:
    """Return the cells of a column's row below `HEAD`."""
    plain = column.plain()
    bad = plain["n_nonfinite"] + plain["n_missing"]
    distinct = f"{plain['distinct']:,}" + ("" if plain["distinct_is_all"] else "+")
    remark = "constant" if column.constant else ""
    numbers = [_number(plain[key]) for key in ("min", "max", "mean")]
    return name, plain["dtype"], f"{plain['n']:,}", f"{bad:,}" if bad else "", *numbers, distinct, unit, remark


def _number(value: Any) -> str:
    return "" if value is None else f"{value:.5g}" if isinstance(value, float) else str(value)
