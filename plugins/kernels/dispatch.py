"""Which implementation of the kernels runs: compiled by Numba, or pure TensorFlow."""

from __future__ import annotations

import os

IMPLEMENTATIONS = ("auto", "numba", "tensorflow")
ENVIRONMENT_VARIABLE = "REGISTRY_KERNELS"

_chosen = "auto"


def use(name: str) -> None:
    """Choose the implementation of all kernels traced from now on: "auto", "numba" or "tensorflow".

    "auto" is Numba on a machine without a GPU and TensorFlow on one with. The environment variable REGISTRY_KERNELS
    wins over this choice. Functions that TensorFlow has traced before keep the implementation they were traced with.

    Raises:
        ValueError: `name` is none of the three.
    """
    global _chosen
    _chosen = _checked(name, "kernels.use()")


def implementation() -> str:
    """Return the implementation that a kernel called now would use: "numba" or "tensorflow".

    Raises:
        ValueError: the environment variable REGISTRY_KERNELS holds something else.
    """
    wanted = os.environ.get(ENVIRONMENT_VARIABLE) or _chosen
    wanted = _checked(wanted, f"environment variable {ENVIRONMENT_VARIABLE}")
    if wanted != "auto":
        return wanted
    import tensorflow as tf

    return "tensorflow" if tf.config.list_physical_devices("GPU") else "numba"


def _checked(name: str, where: str) -> str:
    if name not in IMPLEMENTATIONS:
        raise ValueError(
            f"{where}: expected one of {', '.join(IMPLEMENTATIONS)}; received {name!r} ({type(name).__name__}); "
            "try 'auto', which chooses by device"
        )
    return name
