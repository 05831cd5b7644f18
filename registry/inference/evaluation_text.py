"""An evaluation as a table for the terminal."""

from __future__ import annotations

import math

from registry.console.table import text_table
from registry.inference.evaluating import ALL, Evaluated
from registry.inference.evaluation_record import counts
from registry.measuring.metrics import BY_NAME, DERIVED, F1
from registry.measuring.sample import Figure


def report(evaluated: Evaluated) -> str:
    """Return a table with a row for each figure of merit, a column for each way of clustering and sample."""
    columns = [(method, sample) for sample in evaluated.samples for method in evaluated.methods]
    several = len(evaluated.samples) > 1
    lines = [["", *(f"{sample}: {method.name}" if several else method.name for method, sample in columns)]]
    for name in (*BY_NAME, *DERIVED):
        shown = [figure_text(name, method.figures[sample].get(name)) for method, sample in columns]
        if any(text != "-" for text in shown):
            lines.append([heading(name), *shown])
    for name in ("objects", "showers"):
        lines.append([name, *(str(counts(method)[name]) if sample == ALL else "" for method, sample in columns)])
    return "\n".join(text_table(lines, right=range(1, len(lines[0])), ruled=True))


def is_share(name: str) -> bool:
    """Say whether a figure is shown in percent."""
    return name == F1 or (name in BY_NAME and BY_NAME[name].kind == "share") or name in _PERCENT


_PERCENT = ("purity", "completeness", "containment")


def heading(name: str) -> str:
    """Return what a figure of merit is called, with its unit."""
    unit = "%" if is_share(name) else BY_NAME[name].unit if name in BY_NAME else ""
    return f"{name.replace('_', ' ')} {unit}".strip()


def figure_text(name: str, figure: Figure | None) -> str:
    """Return a value with its error by the bootstrap over events; "-" if it is not known."""
    if figure is None or not figure.estimate.known:
        return "-"
    scale, digits = (100.0, 1) if is_share(name) else (1.0, 3)
    error = "" if math.isnan(figure.error) else f" +- {scale * figure.error:.{digits}f}"
    return f"{scale * figure.estimate.value:.{digits}f}{error}"
