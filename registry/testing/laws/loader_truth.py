"""No column that is not truth is a copy of one that is."""

from __future__ import annotations

import numpy as np

from registry.contract.ports import TRUTH_PREFIX
from registry.testing.broken import Broken
from registry.testing.law import LOADERS, law
from registry.testing.loading import source_of
from registry.testing.subject import Subject


@law("no truth among features", LOADERS, "leave columns of truth out of the features")
def check(subject: Subject) -> None:
    """Compare every column of the network's inputs with every column of truth."""
    marked = {port.name for port in subject.kind.outputs if port.truth}
    with source_of(subject) as source:
        columns = source.read("train", np.arange(len(source.sizes("train"))), None)
        single = {
            f"{port}[{place}]": (port, value[:, place])
            for port, value in columns.items()
            if port != "row_splits" and value.ndim == 2
            for place in range(value.shape[1])
        }
        truth = {key: value for key, (port, value) in single.items() if port in marked or port.startswith(TRUTH_PREFIX)}
        for key, (_port, value) in single.items():
            if key in truth or len(np.unique(value)) < 3:
                continue
            for other, known in truth.items():
                if np.array_equal(value, known):
                    raise Broken(f"{key} to be no truth", f"the numbers of {other}")
