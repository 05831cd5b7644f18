"""Where tasks run that are not given out on this machine alone: a SLURM of one node, a dask scheduler."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from distributed import LocalCluster

from tests.farm import slurm


@pytest.fixture(scope="module")
def configuration(reference: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The configuration of a SLURM that runs."""
    tool = reference / "tools" / "slurm"
    if reason := slurm.missing(tool):
        pytest.skip(f"no SLURM: {reason}")
    with slurm.running(tool, tmp_path_factory.mktemp("slurm")) as found:
        yield found


@pytest.fixture(scope="module")
def scheduler() -> Iterator[str]:
    """The address of a scheduler with a worker of two threads."""
    with LocalCluster(
        n_workers=1,
        threads_per_worker=2,
        processes=False,
        protocol="tcp://",
        host="127.0.0.1",
        scheduler_kwargs={"dashboard": False, "dashboard_address": "127.0.0.1:0"},
        worker_dashboard_address=None,
    ) as cluster:
        yield str(cluster.scheduler_address)
