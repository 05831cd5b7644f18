"""Which implementation of the kernels runs: compiled by Numba, or pure TensorFlow."""

from __future__ import annotations

import os

IMPLEMENTATIONS = ("auto", "numba", "tensorflow")
ENVIRONMENT_VARIABLE = "REGISTRY_KERNELS"

STAND_ALONE = {"implementation": "tensorflow"}
"""What `registry.eject` takes for calls of functions here: a script of its own has the kernels of TensorFlow alone."""


def implementation() -> str:
    """Return the implementation that a kernel called now would use: "numba" or "tensorflow".

    The environment variable REGISTRY_KERNELS names it; without it, and for "auto", it is Numba on a machine without a
    GPU and TensorFlow on one with. Functions that TensorFlow has traced before keep the one they were traced with.

    Raises:
        ValueError: the environment variable REGISTRY_KERNELS holds something else.
    """
    wanted = os.environ.get(ENVIRONMENT_VARIABLE) or "auto"
    if wanted not in IMPLEMENTATIONS:
        raise ValueError(
            f"environment variable {ENVIRONMENT_VARIABLE}: expected one of {', '.join(IMPLEMENTATIONS)}; "
            f"received {wanted!r} ({type(wanted).__name__}); try 'auto', which chooses by device"
        )
    if wanted != "auto":
        return wanted
    import tensorflow as tf

    return "tensorflow" if tf.config.list_physical_devices("GPU") else "numba"
