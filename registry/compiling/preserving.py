"""Lets layers run as in training without a trace."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import keras
import numpy as np


@contextmanager
def preserved(variables: Iterable[keras.Variable]) -> Iterator[None]:
    """Put back what running a model changes in its variables: running averages, counters, states of random numbers."""
    kept = [(variable, np.array(variable.numpy())) for variable in variables]
    try:
        yield
    finally:
        for variable, value in kept:
            variable.assign(value)
