"""Sets the figures of several ways of clustering side by side, as plain text and as metrics."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from registry.console.table import text_table
from registry.measuring.choices import ALL
from registry.measuring.metrics import F1
from registry.measuring.sample import Figure
from registry.measuring.text import figure_text, heading, is_share

SHOWN = ("efficiency", "purity", "fake_rate", "response", "resolution")
"""The figures of the table, in this order."""

COUNTS = {"objects": "objects", "clusters": "showers"}
"""What is counted, by what it is called here."""

Sampled = dict[str, tuple[Mapping[str, Figure], Mapping[str, int]]]
"""Figures of merit and counts by sample."""

Rows = dict[str, Sampled]
"""Figures and counts by way of clustering and sample."""


def metrics(row: Sampled, prefix: str = "") -> dict[str, float]:
    """Return the metrics by sample, "efficiency", "bhabha/efficiency"; what has no value is left out."""
    result: dict[str, float] = {}
    for sample, (figures, counts) in row.items():
        own = prefix if sample == ALL else f"{prefix}{sample.replace(' ', '_')}/"
        values = {name: figures[name].estimate.value for name in (*SHOWN, F1)}
        result |= {f"{own}{name}": value for name, value in values.items() if not math.isnan(value)}
        result |= {f"{own}{name}": float(counts[table]) for name, table in COUNTS.items()}
    return result


def text(rows: Rows) -> str:
    """Return the table: one block of rows per sample, values with errors, shares in percent.

    Response and resolution appear if any way of clustering has a response.
    """
    samples = list(dict.fromkeys(sample for row in rows.values() for sample in row))
    every = [figures for row in rows.values() for figures, _ in row.values()]
    with_energy = any(figures["response"].estimate.known for figures in every)
    shown = [name for name in SHOWN if is_share(name) or with_energy]
    lines = [["sample", "clustering", *map(heading, shown), *COUNTS]]
    for sample in samples:
        for method, row in rows.items():
            if sample in row:
                figures, counts = row[sample]
                values = [figure_text(name, figures[name]) for name in shown]
                lines.append([sample, method, *values, *(str(counts[table]) for table in COUNTS.values())])
    return "\n".join(text_table(lines, right=range(2, len(lines[0])), ruled=True))


def headline(node: str, rows: Rows, compared: Sequence[str]) -> str:
    """Return the shares of the ways that are compared, of all events, in one line."""
    parts = []
    for name in filter(is_share, SHOWN):
        values = [rows[method][ALL][0][name].estimate.value for method in compared]
        shown = ["-" if math.isnan(value) else f"{100 * value:.1f} %" for value in values]
        parts.append(f"{name.replace('_', ' ')} {' -> '.join(shown)}")
    return f"{node}: {', '.join(parts)}" + (f" ({' -> '.join(compared)})" if len(compared) > 1 else "")
