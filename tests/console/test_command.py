"""A command whose output cannot be written says so in one line, and fails."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from registry.console.command import run_command

ROOT = Path(__file__).resolve().parents[2]
FULL = Path("/dev/full")


@pytest.mark.skipif(not FULL.exists(), reason="there is no /dev/full here")
@pytest.mark.parametrize(
    "arguments",
    [["check", "graphs/gravnet.yaml"], ["plan", "graphs/gravnet.yaml"], ["check", "--help"], ["--version"], []],
)
def test_a_full_disk_is_one_line_and_exit_status_1(arguments: list[str]) -> None:
    # argparse keeps to itself what fails while it writes: without a buffer, --help could not be told from a success.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    with FULL.open("w") as full:
        command = [sys.executable, "-m", "registry", *arguments]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, cwd=ROOT, env=environment)
    assert (done.returncode, done.stderr) == (1, "error: the output cannot be written: No space left on device\n")


def test_a_file_that_cannot_be_used_is_one_line_wherever_it_is_met(capsys: pytest.CaptureFixture[str]) -> None:
    def enter() -> int:
        raise PermissionError(13, "Permission denied", "mlruns/mlflow.db")

    assert run_command(enter) == 1
    assert capsys.readouterr().err == "error: mlruns/mlflow.db: Permission denied\n"
