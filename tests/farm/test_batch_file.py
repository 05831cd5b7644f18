"""The file that describes jobs: what is submitted, and what is said of faults."""

from __future__ import annotations

from pathlib import Path

import pytest

from registry.contract.errors import InputError
from registry.farm.batch_options import bytes_of, seconds_of
from registry.farm.opening import open_place

JOBS = """kind: {kind}
account: hep
cores: 4
memory: 16 GB
walltime: '04:00:00'
gpus: 1
setup: [module load python]
python: /opt/python
logs: {logs}
"""

EXPECTED = {
    "slurm": ["#SBATCH -A hep", "--cpus-per-task=4", "--mem=15G", "-t 04:00:00", "#SBATCH --gres=gpu:1", "module load"],
    "pbs": ["#PBS -A hep", "select=1:ncpus=4:mem=15259MB:ngpus=1", "walltime=04:00:00", "module load"],
    "lsf": ['#BSUB -P "hep"', "#BSUB -n 4", "#BSUB -W 04:00", '#BSUB -gpu "num=1"', "module load python"],
    "htcondor": [
        *("MY.DaskWorkerCores = 4", "MY.DaskWorkerMemory = 16000000000", "request_gpus = 1"),
        *("accounting_group = hep", "+MaxRuntime = 14400", "; module load python; exec /opt/python -m"),
    ],
}
"""What the submit file of each batch system says."""


@pytest.mark.parametrize("kind", EXPECTED)
def test_the_submit_file_says_what_the_batch_system_understands(tmp_path: Path, kind: str) -> None:
    file = tmp_path / "jobs.yaml"
    file.write_text(JOBS.format(kind=kind, logs=tmp_path / "logs"))
    with open_place(str(file), jobs=3) as farm:
        text = farm.print_jobs()
        assert farm.slots == 3
    assert [word for word in EXPECTED[kind] if word not in text] == []
    assert "export REGISTRY_FARM_ENDS=`date -d +14280seconds +%s`" in text
    assert "exec /opt/python -m distributed.cli.dask_worker" in text


@pytest.mark.parametrize(
    ("kind", "line", "said"),
    [
        ("slurm", "walltime: 4", r"jobs.yaml:3:11: parameter 'walltime': expected a valid string, received 4 \(int\)"),
        ("slurm", "walltime: 4 hours", r"jobs.yaml:3:11: .*expected a time: 4 h, 90 min.* received '4 hours' \(str\)"),
        ("slurm", "wall_time: 4 h", r"jobs.yaml:3:1: unknown parameter 'wall_time'\n(.|\n)*did you mean 'walltime'"),
        (
            "slurm",
            "walltime: 1 min",
            r"jobs.yaml:3:11: expected a grace shorter than the walltime, received '2 min' of",
        ),
        ("slurm", "walltime: 4 h\ntasks: 2", r"jobs.yaml:4:8: expected a core for each task, received 2 tasks and 1"),
        ("slurm", "walltime: 4 h\ndisk: 1 GB", r"jobs.yaml:4:1: slurm knows no 'disk'"),
        ("slrum", "walltime: 4 h", r"jobs.yaml:1:7: .*'slrum' \(str\)(.|\n)*did you mean 'slurm'"),
        ("htcondor", "walltime: 4 h\nqueue: long", r"jobs.yaml:4:1: htcondor knows no 'queue'(.|\n)*JobFlavour"),
        ("htcondor", "walltime: 4 h\ndirectives: [-x]", r"jobs.yaml:4:14: expected `name = value` .*received '-x'"),
    ],
)
def test_a_fault_is_named_with_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, line: str, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("jobs.yaml").write_text(f"kind: {kind}\nmemory: 1 GB\n{line}\n")
    with pytest.raises(InputError, match=said), open_place("jobs.yaml"):
        pass


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("slurm.yaml").touch()
    with pytest.raises(InputError, match=r"--on slum.yaml: (.|\n)*did you mean 'slurm.yaml'"), open_place("slum.yaml"):
        pass


def test_a_machine_without_the_batch_system_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("jobs.yaml").write_text("kind: slurm\nmemory: 1 GB\nwalltime: 1 h\n")
    monkeypatch.setenv("PATH", "")
    with (
        pytest.raises(InputError, match=r"--on jobs.yaml: slurm: the command sbatch is not found on this machine"),
        open_place("jobs.yaml") as farm,
    ):
        list(farm.run(iter([])))


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90 min", 5400), ("1.5 h", 5400), ("01:30:00", 5400), ("1-00:00:10", 86_410), ("2d", 172_800), ("90", 0)],
)
def test_times_are_read(text: str, seconds: int) -> None:
    assert seconds_of(text) == seconds


def test_sizes_are_read() -> None:
    assert [bytes_of(text) for text in ("16 GB", "16 GiB", "500MB")] == [16 * 10**9, 16 * 2**30, 500 * 10**6]
