"""What a loader reads fits what it declares: sizes, row splits, widths, dtypes, bounds, finite numbers."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from registry.contract.axes import Axis
from registry.contract.data import PARTS
from registry.testing.broken import Broken
from registry.testing.law import LOADERS, law
from registry.testing.loading import declared, source_of
from registry.testing.subject import Subject


@law(
    "columns",
    LOADERS,
    "return in read() the columns that `outputs` declare, for all hits of the events that are asked for",
)
def check(subject: Subject) -> None:
    """Read every event of every part."""
    with source_of(subject) as source:
        for part in PARTS:
            sizes = np.asarray(source.sizes(part))
            columns = source.read(part, np.arange(len(sizes)), None)
            splits = np.asarray(columns["row_splits"])
            if not np.array_equal(splits, np.concatenate([[0], np.cumsum(sizes)])):
                raise Broken(f"row splits of the sizes of part {part!r}", splits)
            _compare(subject, columns, int(sizes.sum()), part)


def _compare(subject: Subject, columns: Mapping[str, np.ndarray], hits: int, part: str) -> None:
    types, bounds = declared(subject), {port.name: port.bounds for port in subject.kind.outputs}
    if set(columns) != set(types):
        raise Broken(f"the columns {sorted(types)}", sorted(columns))
    for port, type_ in types.items():
        value = np.asarray(columns[port])
        widths = tuple(axis for axis in type_.axes[1:] if not isinstance(axis, Axis))
        if port != "row_splits" and value.shape != (hits, *widths):
            raise Broken(f"{port!r} of part {part!r} of the shape {(hits, *widths)}", value.shape)
        if value.dtype.kind != np.dtype(type_.dtype).kind:
            raise Broken(f"{port!r} of dtype {type_.dtype}", value.dtype)
        if value.dtype.kind == "f" and not np.isfinite(value).all():
            raise Broken(f"finite numbers as {port!r} of part {part!r}", value[~np.isfinite(value)][0])
        low, high = bounds.get(port) or (None, None)
        if value.size and ((low is not None and value.min() < low) or (high is not None and value.max() > high)):
            raise Broken(f"{port!r} within {bounds[port]}", f"{value.min()} to {value.max()}")
