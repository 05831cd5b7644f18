"""Lets a model run as in training without a trace."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import keras
import numpy as np


@contextmanager
def preserved(model: keras.Model) -> Iterator[None]:
    """Put back what running a model changes: running averages, counters, states of random numbers."""
    kept = [np.array(variable) for variable in model.variables]
    try:
        yield
    finally:
        for variable, value in zip(model.variables, kept, strict=True):
            variable.assign(value)
