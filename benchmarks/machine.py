"""What the figures were measured on."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = (
    "tensorflow",
    "tensorflow-cpu",
    "keras",
    "numba",
    "numpy",
    "scipy",
    "pykdtree",
    "small_gicp",
    "pynanoflann",
    "object-condensation",
    "faiss-cpu",
    "torch-cluster",
)


def describe_machine() -> dict[str, str]:
    """Return processor, cores, memory, load, system, Python and the versions of the packages compared."""
    described = {
        "processor": _first("/proc/cpuinfo", "model name") or platform.processor(),
        "cores": str(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()),
        "memory": _first("/proc/meminfo", "MemTotal"),
        "load": " ".join(f"{load:.1f}" for load in os.getloadavg()),
        "system": platform.platform(),
        "python": platform.python_version(),
    }
    for package in PACKAGES:
        try:
            described[package] = version(package)
        except PackageNotFoundError:
            described[package] = "not installed"
    return described


def _first(path: str, key: str) -> str:
    file = Path(path)
    for line in file.read_text().splitlines() if file.exists() else []:
        if line.startswith(key):
            return line.split(":", 1)[1].strip()
    return ""
