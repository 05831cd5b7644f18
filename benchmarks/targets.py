"""What the suites are meant to reach, against what one run measured."""

from __future__ import annotations

from benchmarks.suites import SUITES, load
from benchmarks.target import Results
from registry.console.table import markdown_table


def targets_table(results: Results) -> list[str]:
    """Return the lines of the table of the targets of all suites."""
    rows = [target.row(results) for suite in SUITES for target in getattr(load(suite), "TARGETS", ())]
    return ["## Against the targets", "", *markdown_table(["target", "measured", "reached"], rows)]
