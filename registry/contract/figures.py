"""Figures that a monitor hands over as numbers: pages draw them for any width, on light and on dark paper."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

from registry.contract.records import record

if TYPE_CHECKING:
    import numpy as np

MOST_HITS = 10_000
"""Hits of an event that are kept: of more, evenly spaced ones."""

DIGITS = 4
"""Significant digits that are kept of a value: more cannot be seen."""


@record
class Cloud:
    """The hits of one event in one or more spaces, to be turned in three dimensions.

    `spaces`: places by the name of the space, each [hits, dimensions]. `colours`: what hits can be coloured by, each
    [hits]: integers are labels, below 0 for none (noise); other numbers are a scale. `size`: [hits], not negative; a
    larger one makes a larger point. `text`: one line on the event. `axes`: what the dimensions of a space are called;
    `noise`: the labels whose hits below 0 can be hidden.
    """

    kind: ClassVar[str] = "cloud"
    spaces: Mapping[str, np.ndarray]
    colours: Mapping[str, np.ndarray] = field(default_factory=dict)
    size: np.ndarray | None = None
    text: str = ""
    axes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    noise: str = ""

    def plain(self) -> dict[str, Any]:
        """Return the figure as JSON can hold it, of a large event evenly spaced hits."""
        hits = max((len(values) for values in self.spaces.values()), default=0)
        stride = max(1, -(-hits // MOST_HITS))
        shown = f"{self.text}, of which one hit in {stride} is shown" if stride > 1 else self.text
        return {
            "kind": self.kind,
            "text": shown,
            "spaces": {name: _numbers(values[::stride]) for name, values in self.spaces.items()},
            "colours": {name: _numbers(values[::stride]) for name, values in self.colours.items()},
            "size": None if self.size is None else _numbers(self.size[::stride]),
            "axes": {name: list(axes) for name, axes in self.axes.items()},
            "noise": self.noise,
        }


@record
class Histogram:
    """How often values lie between edges: `edges` [bins + 1]; `counts` by what is counted, each [bins].

    `label`: the quantity, with its unit; `text`: one line on what is shown.
    """

    kind: ClassVar[str] = "histogram"
    edges: np.ndarray
    counts: Mapping[str, np.ndarray]
    label: str
    text: str = ""

    def plain(self) -> dict[str, Any]:
        """Return the figure as JSON can hold it."""
        counts = {name: _numbers(values) for name, values in self.counts.items()}
        return {
            "kind": self.kind,
            "text": self.text,
            "label": self.label,
            "edges": _numbers(self.edges),
            "series": counts,
        }


@record
class Bars:
    """A value for each of several names: `values` by what is shown, each [names]; nan where there is none.

    `logarithmic`: values of several decades; `label`, `text`: as of a histogram.
    """

    kind: ClassVar[str] = "bars"
    names: Sequence[str]
    values: Mapping[str, np.ndarray]
    label: str
    text: str = ""
    logarithmic: bool = False

    def plain(self) -> dict[str, Any]:
        """Return the figure as JSON can hold it."""
        return {
            "kind": self.kind,
            "text": self.text,
            "label": self.label,
            "names": list(self.names),
            "series": {name: _numbers(values) for name, values in self.values.items()},
            "logarithmic": self.logarithmic,
        }


@record
class Table:
    """A number for each row and column, shaded by its share of its row: `values` [rows, columns].

    `label`: what rows and columns are, "true class, predicted class"; `text`: one line on what is shown.
    """

    kind: ClassVar[str] = "table"
    rows: Sequence[str]
    columns: Sequence[str]
    values: np.ndarray
    label: str
    text: str = ""

    def plain(self) -> dict[str, Any]:
        """Return the figure as JSON can hold it."""
        return {
            "kind": self.kind,
            "text": self.text,
            "label": self.label,
            "rows": list(self.rows),
            "columns": list(self.columns),
            "values": _numbers(self.values),
        }


Figure: TypeAlias = Cloud | Histogram | Bars | Table


def _numbers(values: np.ndarray) -> list[Any]:
    """Return an array as lists; of numbers that are no integers a few digits, None for what is not finite."""
    import numpy as np

    array = np.asarray(values)
    if array.ndim > 1:
        return [_numbers(row) for row in array]
    if array.dtype.kind in "iub":
        return [int(value) for value in array]
    return [float(f"{value:.{DIGITS}g}") if np.isfinite(value) else None for value in array.astype(float).tolist()]
