"""A transform that is fitted piece by piece is as one fitted at once; columns that are not chosen stay."""

from __future__ import annotations

import numpy as np

from registry.contract.transform import FEATURES, Transform
from registry.testing.broken import Broken
from registry.testing.comparing import require_same
from registry.testing.law import TRANSFORMS, law
from registry.testing.subject import Subject

HITS = 200

CATEGORIES = 4


@law("fitted values", TRANSFORMS, "add up what all pieces hold, and change the chosen columns alone")
def check(subject: Subject) -> None:
    """Fit it in two ways, and apply it."""
    block, values = subject.block, subject.values([HITS])
    assert isinstance(block, Transform)
    places = (subject.inputs.outputs and block.places) or []
    # Few whole numbers, so that they may be categories.
    chosen = (np.abs(np.round(values[FEATURES])) % CATEGORIES)[:, places].astype("float64")
    whole, pieces = block.fitting(), block.fitting()
    features = values[FEATURES].copy()
    features[:, places] = chosen
    run = subject.new()
    run(values)
    if whole is not None and pieces is not None:
        whole.add(chosen)
        for part in np.array_split(chosen, [7, 7, 120]):
            pieces.add(part)
        found, expected = ([np.asarray(value) for value in item.found()] for item in (pieces, whole))
        require_same(dict(enumerate(found)), dict(enumerate(expected)), "values fitted piece by piece")  # type: ignore[arg-type]
        held = run.layer.weights
        if [value.shape for value in expected] != [tuple(weight.shape) for weight in held]:
            raise Broken(f"values of the shapes {[tuple(w.shape) for w in held]}", [value.shape for value in expected])
        run.layer.set_weights(expected)
    result = run({**values, FEATURES: features})
    if not np.isfinite(result[FEATURES]).all():
        raise Broken("finite numbers for the events that it was fitted on", "nan or inf")
    if block.width == 1:
        others = [place for place in range(features.shape[1]) if place not in places]
        require_same({FEATURES: result[FEATURES][:, others]}, {FEATURES: features[:, others]}, "columns not chosen")
