"""Activations in NumPy, for the formulas that layers are compared with."""

from __future__ import annotations

import numpy as np


def elu(x: np.ndarray) -> np.ndarray:
    """Return x above 0, `exp(x) - 1` elsewhere."""
    return np.where(x > 0, x, np.exp(np.minimum(x, 0)) - 1)


def sigmoid(x: np.ndarray) -> np.ndarray:
    """Return `1 / (1 + exp(-x))`."""
    return 1 / (1 + np.exp(-x))


def softmax(x: np.ndarray) -> np.ndarray:
    """Return `exp(x_j) / sum_k exp(x_k)` of each row."""
    raised = np.exp(x - x.max(1, keepdims=True))
    return raised / raised.sum(1, keepdims=True)
