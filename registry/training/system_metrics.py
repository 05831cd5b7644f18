"""Measures the machine while a network is trained: processors, memory, disk, network, GPUs."""

from __future__ import annotations

import os
import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import suppress
from importlib.util import find_spec
from typing import Any

from registry.contract.errors import InputError, Origin, Problem

PREFIX = "system/"
"""Start of the names, which are mlflow's: its page shows them under "System metrics"."""

INTERVAL = 1.0
"""Seconds between two measurements."""

OPTION = "General.system_metrics"


def require_psutil(asked_by: str, origin: Origin | None = None) -> None:
    """Raise InputError if what measures is not installed."""
    if find_spec("psutil") is None:
        message = f"{asked_by} needs the package psutil, which is not installed"
        raise InputError([Problem(message, origin, hint="pip install psutil; or 'registry[system]'")])


class SystemMetrics:
    """Measures once a second in a thread of its own, between `start` and `stop`; `take` returns the means."""

    def __init__(self) -> None:
        import psutil

        self._psutil = psutil
        self._process = psutil.Process()
        self._sums: dict[str, float] = defaultdict(float)
        self._count = 0
        self._changing = threading.Lock()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="system metrics", daemon=True)
        self._sent = psutil.net_io_counters()
        self._gpus = _gpus()
        # The first answer of these is of no time at all.
        psutil.cpu_percent()
        self._process.cpu_percent()

    def start(self) -> None:
        """Begin to measure."""
        self._thread.start()

    def stop(self) -> None:
        """Measure no more."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join(2 * INTERVAL)

    def take(self) -> dict[str, float]:
        """Return the mean of every quantity since the last call, under the names that are recorded."""
        with self._changing:
            if not self._count:
                self._measure()
            means = {f"{PREFIX}{name}": total / self._count for name, total in self._sums.items()}
            self._sums.clear()
            self._count = 0
        return means

    def _run(self) -> None:
        while not self._ended.wait(INTERVAL):
            # What a machine does not tell at one moment ends nothing.
            with suppress(OSError, self._psutil.Error), self._changing:
                self._measure()

    def _measure(self) -> None:
        values = {**self._of_the_machine(), **self._of_the_process(), **_of_gpus(self._gpus)}
        for name, value in values.items():
            self._sums[name] += value
        self._count += 1

    def _of_the_machine(self) -> dict[str, float]:
        psutil = self._psutil
        memory, disk, now = psutil.virtual_memory(), psutil.disk_usage(os.curdir), psutil.net_io_counters()
        return {
            "cpu_utilization_percentage": psutil.cpu_percent(),
            "system_memory_usage_megabytes": memory.used / 1e6,
            "system_memory_usage_percentage": 100 * memory.used / memory.total,
            "disk_usage_percentage": disk.percent,
            "disk_usage_megabytes": disk.used / 1e6,
            "disk_available_megabytes": disk.free / 1e6,
            "network_receive_megabytes": (now.bytes_recv - self._sent.bytes_recv) / 1e6 if now else 0.0,
            "network_transmit_megabytes": (now.bytes_sent - self._sent.bytes_sent) / 1e6 if now else 0.0,
        }

    def _of_the_process(self) -> dict[str, float]:
        return {
            "process_cpu_utilization_percentage": self._process.cpu_percent(),
            "process_memory_usage_megabytes": self._process.memory_info().rss / 1e6,
        }


def _gpus() -> Mapping[int, Any]:
    """Return the NVIDIA GPUs of the machine by number; none without the package that asks them (nvidia-ml-py)."""
    try:
        import pynvml

        pynvml.nvmlInit()
        return {index: pynvml.nvmlDeviceGetHandleByIndex(index) for index in range(pynvml.nvmlDeviceGetCount())}
    # It may be missing, or of another version than the driver, or there is no driver.
    except Exception:
        return {}


def _of_gpus(gpus: Mapping[int, Any]) -> dict[str, float]:
    return dict(item for index, gpu in gpus.items() for item in _of_gpu(index, gpu))


def _of_gpu(index: int, gpu: Any) -> Iterator[tuple[str, float]]:
    import pynvml

    with suppress(pynvml.NVMLError):
        memory = pynvml.nvmlDeviceGetMemoryInfo(gpu)
        yield f"gpu_{index}_memory_usage_percentage", 100 * memory.used / memory.total
        yield f"gpu_{index}_memory_usage_megabytes", memory.used / 1e6
        yield f"gpu_{index}_utilization_percentage", pynvml.nvmlDeviceGetUtilizationRates(gpu).gpu
        yield f"gpu_{index}_power_usage_watts", pynvml.nvmlDeviceGetPowerUsage(gpu) / 1000
