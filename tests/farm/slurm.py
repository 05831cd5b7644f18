"""A SLURM of one node for tests."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def missing(tool: Path) -> str:
    """Return why there can be no SLURM here; empty if there can."""
    absent = [name for name in ("slurmctld", "slurmd", "sbatch", "munged") if not shutil.which(name)]
    if absent:
        return f"{', '.join(absent)} not installed (slurm-wlm, munge)"
    if os.geteuid():
        return "SLURM is started by root"
    return "" if tool.exists() else f"{tool} is not there"


@contextmanager
def running(tool: Path, folder: Path) -> Iterator[str]:
    """Run a SLURM; give its configuration, which the environment variable SLURM_CONF has to name."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    environment = {**os.environ, "SLURM_TEST_PORT": str(min(port, 65_000))}
    up = subprocess.run([tool, "up", folder], env=environment, capture_output=True, text=True, timeout=90)
    try:
        assert up.returncode == 0, up.stdout + up.stderr
        yield up.stdout.strip().rpartition("=")[2]
    finally:
        subprocess.run([tool, "down", folder], env=environment, capture_output=True, timeout=60)


def jobs() -> list[str]:
    """Return the numbers of the jobs that run or wait."""
    found = subprocess.run(["squeue", "--noheader", "--format=%i"], capture_output=True, text=True, timeout=60)
    return found.stdout.split()
