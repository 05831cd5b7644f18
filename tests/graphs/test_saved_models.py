"""Models that were saved before the layers moved into their present folders load, and compute what they did."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from registry import load_model

SAVED = Path(__file__).with_name("saved")


def columns(model: object) -> dict[str, np.ndarray]:
    """Return two made-up events of 40 and 25 hits, for the columns that a model takes."""
    random = np.random.default_rng(3)
    made = {}
    for name, tensor in model.input.items():  # type: ignore[attr-defined]
        values = random.uniform(0.1, 1.0, (65, tensor.shape[-1] or 1))
        made[name] = np.array([0, 40, 65]) if name.endswith("row_splits") else values
        made[name] = np.zeros((65, 1)) if name.endswith("is_track") else made[name]
        made[name] = made[name].astype(tensor.dtype)
    return made


@pytest.mark.slow
@pytest.mark.parametrize("name", ["caloclusternet", "pooling"])
def test_a_saved_model_computes_what_it_did(name: str) -> None:
    model = load_model(SAVED / f"{name}.keras")
    found = model(columns(model))
    with np.load(SAVED / f"{name}.npz") as expected:
        assert set(found) == set(expected.files)
        for output in expected.files:
            np.testing.assert_allclose(np.asarray(found[output]), expected[output], rtol=1e-4, atol=1e-4)
