"""Trainings in several processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import numpy as np
import pytest

from registry.training.saved import load_checkpoint
from tests.training.helpers import TINY, command, environment, train

pytestmark = pytest.mark.long

LONG = "Training=[{batch_size: 400, learning_rate: 0.001, epochs: 100000}]"

# Batch statistics of a part of a batch are not those of all of it.
WITHOUT_STATISTICS = "\n".join(line for line in TINY.read_text().splitlines() if "gooey" not in line).replace(
    "next: {x: norm}", "next: {x: dense}"
)


def graph(folder: Path) -> Path:
    """Write the tiny graph without normalisation."""
    (folder / "tiny_options.yaml").write_text(TINY.with_name("tiny_options.yaml").read_text())
    (folder / "plain.yaml").write_text(WITHOUT_STATISTICS)
    return folder / "plain.yaml"


def checkpoint(folder: Path) -> Path:
    """Return the last checkpoint of the only run in a folder."""
    (found,) = folder.glob("mlruns/local/*/checkpoints/last.npz")
    return found


def test_ranks_end_with_the_weights_of_one_process_that_has_their_batches_together(tmp_path: Path) -> None:
    ends = []
    for name, size, more in (("two", 400, ["--ranks", "2", "--on", "local"]), ("one", 800, [])):
        folder = tmp_path / name
        folder.mkdir()
        steps = f"Training=[{{batch_size: {size}, learning_rate: 0.01, steps: 20}}]"
        done = train(folder, graph(folder), "--set", "General.tracker=folder", "--set", steps, *more)
        assert done.returncode == 0, done.stdout + done.stderr
        ends.append(load_checkpoint(checkpoint(folder)))
    assert [end.position.step for end in ends] == [20, 20]
    for mine, other in zip(ends[0].model, ends[1].model, strict=True):
        np.testing.assert_allclose(mine, other, rtol=1e-5, atol=1e-6)


def test_what_would_be_submitted_is_shown_only_where_there_is_a_place_for_it(tmp_path: Path) -> None:
    refused = train(tmp_path, TINY, "--ranks", "2", "--print-jobs", "--set", "General.tracker=folder")
    assert refused.returncode == 2
    assert "--print-jobs: expected --on" in refused.stderr
    (tmp_path / "slurm.yaml").write_text("kind: slurm\nmemory: 2 GB\nwalltime: 10 min\n")
    words = ["--ranks", "2", "--on", "slurm.yaml", "--print-jobs", "--set", "General.tracker=folder"]
    shown = train(tmp_path, TINY, *words)
    assert shown.returncode == 0, shown.stderr
    assert "#SBATCH" in shown.stdout


def begin(folder: Path, *arguments: object) -> subprocess.Popen[str]:
    """Begin a training in two ranks; return when it has trained an epoch."""
    words = command([*arguments, "--ranks", 2, "--set", "General.tracker=folder", "--set", LONG])
    process = subprocess.Popen(
        words,
        cwd=folder,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # Where the tests run in the background, Ctrl-C is ignored by all that they start.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert process.stdout is not None
    for line in process.stdout:
        if "hits/s" in line:
            return process
    raise AssertionError(process.communicate()[1])


def second_rank(process: subprocess.Popen[str]) -> int:
    """Return the process that trains as rank 1."""
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            told = (entry / "environ").read_bytes().split(b"\0")
            words = (entry / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if b"REGISTRY_RANK=1/2" in told and words[1:3] == [b"-m", b"registry.train"] and _descends(entry, process.pid):
            return int(entry.name)
    raise AssertionError("rank 1 is not there")


def _descends(entry: Path, ancestor: int) -> bool:
    pid = int(entry.name)
    while pid > 1:
        if pid == ancestor:
            return True
        pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    return False


def statuses(folder: Path) -> list[str]:
    """Return how the runs in a folder stand."""
    return [json.loads(file.read_text())["status"] for file in folder.glob("mlruns/runs/*/run.json")]


def test_ranks_stop_together_and_fewer_go_on_where_one_has_died(tmp_path: Path) -> None:
    file = graph(tmp_path)
    process = begin(tmp_path, file)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=200)
    assert process.returncode == 130, errors
    path = checkpoint(tmp_path)
    first = load_checkpoint(path).position.step
    assert first > 0

    process = begin(tmp_path, file, "--resume", path)
    os.kill(second_rank(process), signal.SIGKILL)
    _, errors = process.communicate(timeout=300)
    assert process.returncode == 1, errors
    assert "rank 1 (process" in errors
    assert "SIGKILL" in errors
    second = load_checkpoint(path).position
    assert second.step >= first

    longer = f"Training=[{{batch_size: 400, learning_rate: 0.001, epochs: {second.epochs_done + 1}}}]"
    done = train(tmp_path, file, "--resume", path, "--set", "General.tracker=folder", "--set", longer)
    assert done.returncode == 0, done.stdout + done.stderr
    assert load_checkpoint(path).position.epochs_done == second.epochs_done + 1


def test_a_number_of_ranks_that_is_none_is_refused(tmp_path: Path) -> None:
    started = time.monotonic()
    done = train(tmp_path, TINY, "--ranks", "0", "--set", "General.tracker=folder")
    assert done.returncode == 2, done.stderr
    assert "--ranks: expected a number of processes" in done.stderr
    assert time.monotonic() - started < 200
