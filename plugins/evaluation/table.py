"""Sets the scores of several ways of clustering side by side, as plain text."""

from __future__ import annotations

from collections.abc import Mapping

from registry.console.table import text_table
from registry.plugins.evaluation.metrics import COUNTS, METRICS, Score

Scores = Mapping[str, Mapping[str, Score]]
"""Score by way of clustering and sample."""


def text(scores: Scores) -> str:
    """Return the table: one block of rows per sample, values with errors, shares in percent.

    Metrics of energies, response and resolution, appear if any score has a response.
    """
    samples = list(dict.fromkeys(sample for row in scores.values() for sample in row))
    with_energy = any(score.response.known for row in scores.values() for score in row.values())
    shown = [metric for metric in METRICS if metric.share or with_energy]
    lines = [["sample", "clustering", *(metric.heading for metric in shown), *COUNTS]]
    for sample in samples:
        for method, row in scores.items():
            if sample in row:
                values = [metric.text(metric.of(row[sample])) for metric in shown]
                lines.append([sample, method, *values, *(str(getattr(row[sample], name)) for name in COUNTS)])
    return "\n".join(text_table(lines, right=range(2, len(lines[0])), ruled=True))
