"""Tasks in the jobs of a batch system, which are submitted as tasks need them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from registry.contract.errors import InputError, Origin, Problem, RunError
from registry.farm.attempt import ENDS
from registry.farm.batch_kinds import KINDS
from registry.farm.batch_options import BatchOptions, bytes_of, seconds_of
from registry.farm.log import last_message
from registry.farm.place import Place

if TYPE_CHECKING:
    from dask_jobqueue.core import Job, JobQueueCluster
    from distributed import Client

SLOT = "registry_task"
"""The resource of a worker of which a task takes one: as many as tasks run at once in a job."""

FIRST_LOOK, LOOK = 20.0, 15.0
"""Seconds from the submission of a job to the first question what has become of it, and between two questions."""

BROKEN_JOBS = 3
"""Jobs that end before their worker has begun, one after the other, until nothing more is submitted."""


class Batch(Place):
    """The jobs that a file describes.

    `jobs`: as many at once, in place of those of the file. `where`: the place that names the file.
    """

    def __init__(self, options: BatchOptions, jobs: int | None, where: Origin) -> None:
        self._options, self._kind, self._where = options, KINDS[options.kind], where
        self._jobs = jobs or options.jobs
        self.resources = {SLOT: 1}
        self.threads = max(1, options.cores // options.tasks)
        self._cluster: JobQueueCluster | None = None
        self._client: Client | None = None
        self._refusals: list[str] = []
        self._seen: dict[str, float] = {}
        """When a job was met first whose worker has not begun; infinite once it has."""
        self._broken, self._looked = 0, 0.0

    @property
    def slots(self) -> int:
        """How many tasks run at once."""
        return self._jobs * self._options.tasks

    def print_jobs(self) -> str:
        """Return the file of one job."""
        job = self._class()("tcp://SCHEDULER:PORT", name="0", **self._arguments())
        return str(job.job_script())

    def start(self) -> Client:
        """Start a scheduler on this machine; jobs are submitted once there are tasks.

        Raises InputError if the batch system's command is not found.
        """
        import dask_jobqueue
        from distributed import Client

        command = str(self._class().submit_command)
        if shutil.which(command) is None:
            hint = f"jobs are submitted from a machine of the cluster, where {command} is found"
            message = f"{self._options.kind}: the command {command} is not found on this machine"
            raise InputError([Problem(message, self._where, hint=hint)])
        Path(self._options.logs).mkdir(parents=True, exist_ok=True)
        scheduler: dict[str, Any] = {"dashboard_address": ":0"}
        scheduler |= {"host": self._options.host} if self._options.host else {}
        kind = getattr(dask_jobqueue, self._kind.cluster)
        self._cluster = kind(
            job_cls=self._noting(),
            scheduler_options=scheduler,
            security=True if self._options.encrypted else None,
            shared_temp_directory=os.path.abspath(self._options.logs),
            silence_logs=False,
            **self._arguments(),
        )
        self._client = Client(self._cluster, set_as_default=False)
        return self._client

    def want(self, tasks: int) -> None:
        """Submit jobs for so many tasks, end those that have nothing to do; raises RunError where jobs cannot run."""
        assert self._cluster is not None
        if self._refusals:
            raise RunError(f"{self._options.kind} refuses the job: {self._refusals[-1]}")
        wanted = min(self._jobs, -(-tasks // self._options.tasks))
        there = len(self._cluster.worker_spec)
        if there > wanted:
            self._end_idle(there - wanted)
        else:
            # Those that were lost are submitted again.
            self._cluster.scale(jobs=wanted)
        self._look_at_jobs()

    def close(self) -> None:
        """End all jobs, and the scheduler."""
        if self._client is not None:
            self._client.close()
        if self._cluster is not None:
            self._cluster.close()

    def _arguments(self) -> dict[str, Any]:
        """Return how dask-jobqueue is told of a job."""
        options = self._options
        left = max(1, seconds_of(options.walltime) - seconds_of(options.grace))
        # HTCondor reads `$(` as its own.
        ends = f"export {ENDS}=`date -d +{left}seconds +%s`"
        closing = left + seconds_of(options.grace) // 2
        return {
            "cores": options.cores,
            "memory": str(bytes_of(options.memory)),
            "processes": 1,
            "nanny": False,
            # Without a shell in between, signals of the batch system reach the worker.
            "python": f"exec {options.python or sys.executable}",
            "interface": options.interface or None,
            "job_name": "registry",
            "log_directory": os.path.abspath(options.logs),
            "job_script_prologue": [ends, *options.setup],
            "worker_extra_args": ["--resources", f"{SLOT}={options.tasks}", "--lifetime", f"{closing}s"],
            **self._kind.arguments(options),
        }

    def _class(self) -> type[Job]:
        import dask_jobqueue

        kind: type[Job] = getattr(dask_jobqueue, self._kind.cluster).job_cls
        return kind

    def _noting(self) -> type[Job]:
        """Return the class of a job that notes what a batch system says where it refuses it, and when it is closed."""
        from distributed.core import Status

        refusals = self._refusals

        class Noting(self._class()):  # type: ignore[misc]
            async def _submit_job(self, script_filename: str) -> Any:
                try:
                    return await super()._submit_job(script_filename)
                except (RuntimeError, OSError) as error:
                    refusals.append(_said(str(error)))
                    raise

            async def close(self) -> None:
                await super().close()
                self.status = Status.closed

        return Noting

    def _end_idle(self, number: int) -> None:
        """End so many jobs that wait, or have nothing to do."""
        assert self._cluster is not None
        workers = self._workers()
        free = [name for name in self._cluster.worker_spec if name not in workers or not workers[name].processing]
        if ending := free[-number:]:
            self._cluster.sync(self._cluster.scale_down, ending)

    def _workers(self) -> dict[str, Any]:
        """Return what the scheduler knows of the workers that have begun, by name."""
        scheduler = self._cluster.scheduler if self._cluster is not None else None
        return {} if scheduler is None else {worker.name: worker for worker in list(scheduler.workers.values())}

    def _look_at_jobs(self) -> None:
        """Find jobs that have ended before their worker began: nobody else would."""
        assert self._cluster is not None
        now = time.monotonic()
        if now - self._looked < LOOK:
            return
        self._looked = now
        begun = self._workers()
        submitted: Mapping[Any, Any] = dict(self._cluster.workers)
        for name, job in submitted.items():
            if job.job_id is None:
                continue
            if name in begun:
                self._seen[job.job_id], self._broken = float("inf"), 0
            elif now - self._seen.setdefault(job.job_id, now) > FIRST_LOOK and not self._is_known(job.job_id):
                self._broken += 1
                self._seen[job.job_id] = float("inf")
                if self._broken >= BROKEN_JOBS:
                    raise RunError(f"jobs of {self._options.kind} end before they begin: {self._log_of(job.job_id)}")
                self._cluster.sync(self._cluster.scale_down, [name])

    def _is_known(self, job: str) -> bool:
        """Say whether the batch system has a job; where it cannot be asked, it is taken to have it."""
        command = [job if word == "JOB" else word for word in self._kind.listing]
        try:
            said = subprocess.run(command, capture_output=True, text=True, timeout=60)
        except (OSError, subprocess.TimeoutExpired):
            return True
        return said.returncode == 0 and bool(said.stdout.strip())

    def _log_of(self, job: str) -> str:
        """Return the last message of a job's own output, and where it lies."""
        number = job.partition(".")[0]
        # Keys of the connection lie beside them, under names that are hidden.
        found = sorted(file for file in Path(self._options.logs).glob(f"*{number}*") if not file.name.startswith("."))
        said = next((f"{file}: {text}" for file in found if (text := last_message(file))), "")
        return said or f"nothing is written in {self._options.logs}; see the lines of `setup`"


def _said(text: str) -> str:
    """Return what the batch system itself says in an error of dask-jobqueue."""
    told = text.partition("stderr:\n")[2].strip() or text.strip()
    return " ".join(line.strip() for line in told.splitlines())
