"""Which places of padded arrays [events, hits] hold a hit."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from registry.contract.casting import cast
from registry.contract.data import DataError

HINT = "name the array [events, hits] that is 1 where there is a hit, or [events] that says how many each event has"


def there(mask: np.ndarray, shape: tuple[int, ...], name: str, first: int) -> np.ndarray:
    """Return which places hold a hit, bool [events, hits], by a mask [events, hits] or the number of hits [events].

    `name`: what the mask is called, `first`: the number of the first event. Raises DataError for a mask of another
    shape, and for more hits than places.
    """
    if mask.ndim == 1 and len(mask) == shape[0]:
        counts = cast(mask, "int64", name, "mask", lambda event: f"event {first + event}")
        wrong = np.flatnonzero((counts < 0) | (counts > shape[1]))
        if len(wrong):
            message = (
                f"{name} says that event {first + wrong[0]} has {counts[wrong[0]]} hits: there are {shape[1]} places"
            )
            raise DataError(message, "mask", HINT)
        found: np.ndarray = np.arange(shape[1]) < counts[:, None]
        return found
    if mask.shape != shape:
        raise DataError(f"{name} has the shape {list(mask.shape)}, the arrays of hits {list(shape)}", "mask", HINT)
    return mask.astype(bool)


def check_filled(arrays: Mapping[str, np.ndarray], where: Callable[[int], str]) -> None:
    """Raise DataError for a row that ends with a place that is 0 in every array: padding, of which nothing says so.

    `arrays` [events, hits], by name; `where` names a row.
    """
    if len(arrays) < 2 or not all(values.shape[1] for values in arrays.values()):
        return
    empty = np.flatnonzero(np.all([values[:, -1] == 0 for values in arrays.values()], axis=0))
    if len(empty):
        own = next((name for name, values in arrays.items() if values.dtype.kind == "f"), next(iter(arrays)))
        hint = f"{HINT}; `mask: {own}` takes the places whose {own} is not 0"
        raise DataError(f"{', '.join(arrays)} end with 0 in {where(int(empty[0]))}: padding?", "mask", hint)
