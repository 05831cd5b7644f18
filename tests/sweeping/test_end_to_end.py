"""A sweep of two variants with two seeds, killed in the middle and started again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import registry
from tests.sweeping.stand_in import write_graph

pytestmark = pytest.mark.long

EPOCHS = 100
COMMAND = [
    *(sys.executable, "-m", "registry.sweep", "tiny.yaml", "--over", "Network.units=[4],[8, 8]", "--seeds", "2"),
    *("--study", "s", "--jobs", "2", "--set", f"Training.0.epochs={EPOCHS}", "--set", "Plotting.page=false"),
]


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder of a sweep that was killed while its second variant was trained, and what the second attempt said."""
    folder = tmp_path_factory.mktemp("swept")
    write_graph(folder)
    first = subprocess.Popen(COMMAND, cwd=folder, stdout=subprocess.DEVNULL)
    # Both seeds: a training that was killed before its first checkpoint is begun anew, as another run.
    begun = [folder / "mlruns" / "local" / f"s-001-seed-{seed}" / "checkpoints" / "last.npz" for seed in (1, 2)]
    until = time.monotonic() + 400
    while not all(file.exists() for file in begun) and first.poll() is None and time.monotonic() < until:
        time.sleep(0.1)
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    second = subprocess.run(COMMAND, cwd=folder, capture_output=True, text=True)
    assert second.returncode == 0, second.stdout + second.stderr
    return folder, second.stdout


def test_it_goes_on_and_every_run_comes_to_its_end_once(
    swept: tuple[Path, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, said = swept
    monkeypatch.chdir(folder)
    assert "trial 1 was begun by a sweep that is gone: it goes on" in said
    runs = registry.runs(study="s")
    assert list(runs["status"]) == ["FINISHED"] * 4
    # What was interrupted has gone on: no epoch was trained twice.
    for local in sorted(Path("mlruns/local").glob("s-00?-seed-?")):
        lines = [json.loads(line)["metrics"] for line in (local / "history.jsonl").read_text().splitlines()]
        assert [item["epoch/epoch"] for item in lines if "epoch/epoch" in item] == list(range(1, EPOCHS + 1))
    parents = [
        path for path in Path("mlruns/runs").iterdir() if "sweep" in json.loads((path / "tags.json").read_text())
    ]
    (parent,) = [json.loads((path / "run.json").read_text()) for path in parents if path.name.startswith("sweep")]
    assert parent["status"] == "FINISHED"


def test_compare_ranks_the_variants_of_the_study_with_errors_over_seeds(
    swept: tuple[Path, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(swept[0])
    found = registry.compare(study="s")
    assert len(found.by_run) == 4
    assert list(found["seeds"]) == ["1, 2", "1, 2"]
    # The run of the sweep itself is no training.
    assert len(registry.compare(experiment=swept[0].name).by_run) == 4
