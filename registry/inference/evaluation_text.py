"""An evaluation as a table for the terminal."""

from __future__ import annotations

from registry.console.table import text_table
from registry.inference.evaluating import Evaluated
from registry.measuring.choices import ALL
from registry.measuring.metrics import BY_NAME, DERIVED
from registry.measuring.text import figure_text, heading


def report(evaluated: Evaluated) -> str:
    """Return a table with a row for each figure of merit, a column for each way of clustering and sample."""
    columns = [(method, sample) for sample in evaluated.samples for method in evaluated.methods]
    several = len(evaluated.samples) > 1
    lines = [["", *(f"{sample}: {method.name}" if several else method.name for method, sample in columns)]]
    for name in (*BY_NAME, *DERIVED):
        shown = [figure_text(name, method.figures[sample].get(name)) for method, sample in columns]
        if any(text != "-" for text in shown):
            lines.append([heading(name, evaluated.words), *shown])
    for name in ("objects", "showers"):
        counts = [str(method.tables.counts()[name]) if sample == ALL else "" for method, sample in columns]
        lines.append([evaluated.words.said(name), *counts])
    return "\n".join(text_table(lines, right=range(1, len(lines[0])), ruled=True))
