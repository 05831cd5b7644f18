"""What the batch systems call the same things, as dask-jobqueue takes them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from registry.farm.batch_options import BatchOptions, bytes_of, seconds_of


@dataclass(frozen=True)
class BatchKind:
    """A batch system.

    `cluster`: the class of dask-jobqueue. `arguments`: those of it that differ between batch systems. `listing`: the
    command that shows a job, whose number stands for JOB; it shows nothing, or fails, once the job is gone.
    """

    cluster: str
    arguments: Callable[[BatchOptions], dict[str, Any]]
    listing: tuple[str, ...]


def _slurm(options: BatchOptions) -> dict[str, Any]:
    gpus = [f"--gres=gpu:{options.gpus}"] if options.gpus else []
    return {
        "queue": options.queue or None,
        "account": options.account or None,
        "walltime": _clock(seconds_of(options.walltime)),
        "job_extra_directives": [*gpus, *options.directives],
    }


def _pbs(options: BatchOptions) -> dict[str, Any]:
    megabytes = -(-bytes_of(options.memory) // 1024**2)
    gpus = f":ngpus={options.gpus}" if options.gpus else ""
    return {
        "queue": options.queue or None,
        "account": options.account or None,
        "walltime": _clock(seconds_of(options.walltime)),
        "resource_spec": f"select=1:ncpus={options.cores}:mem={megabytes}MB{gpus}",
        "job_extra_directives": options.directives,
    }


def _lsf(options: BatchOptions) -> dict[str, Any]:
    minutes = -(-seconds_of(options.walltime) // 60)
    gpus = [f'-gpu "num={options.gpus}"'] if options.gpus else []
    return {
        "queue": options.queue or None,
        "project": options.account or None,
        "walltime": f"{minutes // 60:02d}:{minutes % 60:02d}",
        "job_extra_directives": [*gpus, *options.directives],
    }


def _htcondor(options: BatchOptions) -> dict[str, Any]:
    own = {
        **({"request_gpus": str(options.gpus)} if options.gpus else {}),
        **({"accounting_group": options.account} if options.account else {}),
        "+MaxRuntime": str(seconds_of(options.walltime)),
    }
    further = {key.strip(): item.strip() for key, _, item in (line.partition("=") for line in options.directives)}
    return {
        "disk": str(bytes_of(options.disk)),
        "job_extra_directives": {**own, **further},
        "submit_command_extra": options.submit,
    }


def _clock(seconds: int) -> str:
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


KINDS = {
    "slurm": BatchKind("SLURMCluster", _slurm, ("squeue", "--noheader", "--format=%T", "--jobs", "JOB")),
    "htcondor": BatchKind("HTCondorCluster", _htcondor, ("condor_q", "JOB", "-autoformat", "JobStatus")),
    "pbs": BatchKind("PBSCluster", _pbs, ("qstat", "JOB")),
    "lsf": BatchKind("LSFCluster", _lsf, ("bjobs", "-noheader", "-o", "stat", "JOB")),
}
"""The batch systems by the name that the file gives them."""
