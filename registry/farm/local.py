"""Tasks on this machine: as many at once as fit in its cores and memory."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

from registry.farm.place import Place

if TYPE_CHECKING:
    from distributed import Client, LocalCluster

MEMORY = 2 * 1024**3
"""Bytes that a task is taken to need where nothing else is known: TensorFlow, and a batch of events."""

DEVICES = "CUDA_VISIBLE_DEVICES"


class Local(Place):
    """This machine; `memory`: bytes that a task needs. Where there are GPUs, a task has one for itself."""

    def __init__(self, jobs: int | None, memory: int = 0) -> None:
        self._devices = devices()
        cores = _cores()
        fits = min(cores, _memory() // (memory or MEMORY))
        if self._devices:
            fits = min(fits, len(self._devices))
        self._slots = jobs or max(1, fits)
        self.threads = max(1, cores // self._slots)
        self._free = [self._devices[number % len(self._devices)] for number in range(self._slots) if self._devices]
        self._cluster: LocalCluster | None = None
        self._client: Client | None = None

    @property
    def slots(self) -> int:
        """How many tasks run at once."""
        return self._slots

    def start(self) -> Client:
        """Start a worker in this process: a thread of it waits for each task's process."""
        from distributed import Client, LocalCluster

        self._cluster = LocalCluster(
            n_workers=1,
            threads_per_worker=self._slots,
            processes=False,
            memory_limit=0,
            scheduler_kwargs={"dashboard": False, "dashboard_address": "127.0.0.1:0"},
            worker_dashboard_address=None,
        )
        self._client = Client(self._cluster)
        return self._client

    def taken(self) -> dict[str, str]:
        """Return the GPU of a task."""
        return {DEVICES: self._free.pop(0)} if self._free else {}

    def returned(self, environment: dict[str, str]) -> None:
        """Take back the GPU of a task."""
        self._free += [environment[DEVICES]] if DEVICES in environment else []

    def print_jobs(self) -> str:
        """Return how many processes there would be."""
        devices = f", on the GPUs {', '.join(self._devices)}" if self._devices else ""
        return (
            f"local: no job is submitted; {self._slots} processes at once, each with {self.threads} threads{devices}\n"
        )

    def close(self) -> None:
        """End the worker."""
        if self._client is not None:
            self._client.close()
        if self._cluster is not None:
            self._cluster.close()


def devices() -> list[str]:
    """Return the GPUs of this machine, as CUDA_VISIBLE_DEVICES names them."""
    if DEVICES in os.environ:
        return [name for name in os.environ[DEVICES].split(",") if name and name != "-1"]
    if not shutil.which("nvidia-smi"):
        return []
    try:
        found = subprocess.run(["nvidia-smi", "-L"], capture_output=True, text=True, timeout=30)
    except subprocess.TimeoutExpired:
        return []
    lines = found.stdout.splitlines() if found.returncode == 0 else []
    return [str(number) for number, _ in enumerate(line for line in lines if line.startswith("GPU "))]


def _cores() -> int:
    """Return the cores that this process may use: what it is bound to, and what its control group allows."""
    from dask.system import cpu_count

    return int(cpu_count())


def _memory() -> int:
    """Return the bytes of memory that are free, and that the control group of this process allows."""
    import psutil
    from distributed.system import memory_limit

    return min(int(psutil.virtual_memory().available), int(memory_limit()))
