"""The most memory that a training has taken."""

from __future__ import annotations

import resource
import sys
from pathlib import Path

PEAK = "run/peak_memory"
"""The metric, in GB."""

_STATUS = Path("/proc/self/status")
_RESET = Path("/proc/self/clear_refs")


def begin() -> None:
    """Let the peak begin now, where the system can: a process may train several runs."""
    try:
        _RESET.write_text("5", encoding="ascii")
    except OSError:
        return


def peak() -> float:
    """Return the most resident memory of the process (GB) since `begin`, or since the process began."""
    try:
        for line in _STATUS.read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024 / 1e9
    except (OSError, ValueError, IndexError):
        pass
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e9
