"""The same weights and inputs give the same numbers, and the same seed the same weights."""

from __future__ import annotations

import numpy as np

from registry.testing.broken import Broken
from registry.testing.law import PARTS, law
from registry.testing.subject import Subject

SIZES = [30, 4, 9]


@law("determinism", PARTS, "draw random numbers from a keras.random.SeedGenerator, and only in training")
def check(subject: Subject) -> None:
    """Call a layer twice, and one that was made from the same seed."""
    values = subject.values(SIZES)
    first = subject.new()
    one, again = first(values), first(values)
    second = subject.new()
    other = second(values)
    weights = zip(first.layer.get_weights(), second.layer.get_weights(), strict=True)
    if not all(np.array_equal(mine, its, equal_nan=True) for mine, its in weights):
        raise Broken("the same weights from the same seed", "others")
    for port, value in one.items():
        if not np.array_equal(value, again[port], equal_nan=True):
            raise Broken(f"the same {port!r} from the same call", "other numbers")
        if not np.array_equal(value, other[port], equal_nan=True):
            raise Broken(f"the same {port!r} from a layer of the same seed", "other numbers")
