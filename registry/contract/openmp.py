"""How the threads of OpenMP wait for work, which each of its libraries reads once: when it is loaded."""

from __future__ import annotations

import os

WAITING = {"OMP_WAIT_POLICY": "PASSIVE"}
"""Threads sleep while they wait: those that spin take the cores from TensorFlow's threads and from other kernels."""


def let_threads_sleep() -> None:
    """Let the threads of every OpenMP that this process loads from here on sleep; what the environment says wins."""
    for name, value in WAITING.items():
        os.environ.setdefault(name, value)
