"""An evaluation as a table of pandas."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registry.inference.evaluating import Evaluated

if TYPE_CHECKING:
    import pandas

COLUMNS = ("value", "low", "high", "error", "rows")
"""A figure of merit, its interval of one standard deviation, its error by the bootstrap over events, its rows."""


def frame(evaluated: Evaluated) -> pandas.DataFrame:
    """Return every figure of merit, a row each; the index is the read-out, the sample, the figure (see `COLUMNS`)."""
    import pandas

    rows = {
        (method.name, sample, name): (
            figure.estimate.value,
            figure.estimate.low,
            figure.estimate.high,
            figure.error,
            figure.count,
        )
        for method in evaluated.methods
        for sample, figures in method.figures.items()
        for name, figure in figures.items()
    }
    index = pandas.MultiIndex.from_tuples(rows, names=["read_out", "sample", "figure"])
    return pandas.DataFrame(list(rows.values()), index=index, columns=list(COLUMNS))
