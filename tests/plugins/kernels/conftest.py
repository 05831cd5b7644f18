"""Both implementations of the kernels, one after the other, and events to try them on."""

from __future__ import annotations

import numpy as np
import pytest

from registry.plugins.kernels.dispatch import ENVIRONMENT_VARIABLE


@pytest.fixture(params=["tensorflow", "numba"])
def kernels(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Run the test with each implementation."""
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, request.param)
    return str(request.param)


@pytest.fixture
def random() -> np.random.Generator:
    """A seeded source of random numbers."""
    return np.random.default_rng(20230707)
