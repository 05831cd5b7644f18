"""The learned space starts as the identity plus noise."""

from __future__ import annotations

import numpy as np
import pytest

from registry.plugins.graph.learned_space.initializer import EyeInitializer


def test_the_learned_space_starts_as_identity_plus_noise() -> None:
    matrix = np.asarray(EyeInitializer(stddev=0.01, seed=3)((200, 4)))
    assert np.abs(matrix - np.eye(200, 4)).max() < 0.06
    assert np.std(matrix - np.eye(200, 4)) == pytest.approx(0.01, rel=0.1)
    with pytest.raises(ValueError, match="expected the shape of a matrix"):
        EyeInitializer()((3,))
