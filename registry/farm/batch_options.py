"""The file that describes the jobs of a batch system."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import field_validator

from registry.contract.block import BlockParams, param

Kind = Literal["slurm", "htcondor", "pbs", "lsf"]

_CLOCK = re.compile(r"(?:(\d+)-)?(\d+):(\d\d):(\d\d)$")
_LENGTH = re.compile(r"(\d+(?:\.\d+)?) *(d|h|min|s)$")
_SECONDS = {"d": 86_400, "h": 3_600, "min": 60, "s": 1}
_SIZE = re.compile(r"(\d+(?:\.\d+)?) *([kMGT])i?B$")
_BYTES = {"k": 1_000, "M": 1_000**2, "G": 1_000**3, "T": 1_000**4}


class BatchOptions(BlockParams):
    """Jobs of a batch system, in which tasks run."""

    kind: Kind = param(..., "the batch system")
    queue: str = param("", "queue, or partition, that jobs are sent to; of HTCondor there is none")
    account: str = param("", "account, project or group that jobs are charged to")
    cores: int = param(1, "cores of a job", ge=1)
    memory: str = param(..., "memory of a job, with its unit: 16 GB")
    walltime: str = param(..., "time of a job: 4 h, 90 min, '04:00:00'")
    gpus: int = param(0, "GPUs of a job", ge=0)
    disk: str = param("4 GB", "disk of a job; for HTCondor")
    jobs: int = param(10, "jobs at once", ge=1)
    tasks: int = param(1, "tasks at once in a job: its cores are divided", ge=1)
    setup: list[str] = param([], "lines of shell before anything else: module load ..., source venv/bin/activate")
    python: str = param("", "the Python of the jobs; by default the one that submits them")
    directives: list[str] = param([], "further lines of the submit file, as the batch system has them: --exclusive")
    submit: list[str] = param([], "further arguments of condor_submit: -spool; for HTCondor")
    interface: str = param("", "network interface between jobs and this machine: ib0")
    host: str = param("", "address of this machine, as jobs reach it")
    encrypted: bool = param(True, "encrypt what goes between jobs and this machine, and let nobody else join")
    grace: str = param(
        "2 min", "time before the end of a job at which tasks are asked to end: they save what they have"
    )
    logs: str = param("farm_jobs", "folder of the jobs' own output, which all machines see", path=True)

    @field_validator("memory", "disk")
    @classmethod
    def _is_a_size(cls, text: str) -> str:
        if not _SIZE.match(text):
            raise ValueError("a size with its unit, 16 GB")
        return text

    @field_validator("walltime", "grace")
    @classmethod
    def _is_a_time(cls, text: str) -> str:
        if not seconds_of(text):
            raise ValueError("a time: 4 h, 90 min, 30 s, '04:00:00' (hours:minutes:seconds) or '1-00:00:00'")
        return text


def seconds_of(text: str) -> int:
    """Return the seconds of "4 h", "90 min", "04:00:00", "1-00:00:00"; 0 for what is none of them."""
    if found := _CLOCK.match(text):
        days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
        return days * 86_400 + hours * 3_600 + minutes * 60 + seconds
    found = _LENGTH.match(text)
    return round(float(found[1]) * _SECONDS[found[2]]) if found else 0


def bytes_of(text: str) -> int:
    """Return the bytes of "16 GB", "500 MiB"."""
    found = _SIZE.match(text)
    if found is None:
        raise ValueError(f"expected a size with its unit, received {text!r}")
    number, unit = float(found[1]), found[2]
    return round(number * (1024 ** ("kMGT".index(unit) + 1) if "iB" in text else _BYTES[unit]))
