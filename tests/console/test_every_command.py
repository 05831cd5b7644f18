"""Every command, whatever its output leads to and whenever it is interrupted: no traceback, the right exit status."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from registry.console.discovery import commands

ROOT = Path(__file__).resolve().parents[2]
FULL = Path("/dev/full")
GRAPH = str(ROOT / "graphs/gravnet.yaml")
OTHER = str(ROOT / "graphs/edge_conv.yaml")

ARGUMENTS: dict[str, tuple[list[str], int]] = {
    "blocks": (["gravnet"], 0),
    "check": ([GRAPH], 0),
    "diff": ([GRAPH, OTHER], 1),
    "new": (["project", "made"], 0),
    "plan": ([GRAPH], 0),
    "render": ([GRAPH, "-o", "drawn.svg"], 0),
    "schema": ([], 0),
    "train": (["no_such.yaml"], 2),
}
"""What the commands are called with, and the exit status of that; all others are called with --help."""

NAMES = sorted(commands())

ONE = "check"
"""The command that is tried in every way; how the streams are treated does not depend on the command."""


LISTENING = ("__init__.py", "console/__init__.py", "console/signals.py")
"""What is imported until signals are heard."""


def each_and_one(everywhere: object, *others: object) -> list[tuple[str, object]]:
    """Return every command with one way, and one command with the other ways."""
    return [*((name, everywhere) for name in NAMES), *((ONE, way) for way in others)]


def called(name: str) -> tuple[list[str], int]:
    """Return the words that call a command, and the exit status they have."""
    arguments, status = ARGUMENTS.get(name, (["--help"], 0))
    return [sys.executable, "-m", f"registry.{name}", *arguments], status


def environment(**more: str) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    return {**inherited, "PYTHONPATH": str(ROOT), **more}


pytestmark = pytest.mark.slow


@pytest.mark.parametrize(("name", "encoding"), each_and_one("ascii", "cp1252", "latin-1"))
def test_any_encoding_will_do(name: str, encoding: str, tmp_path: Path) -> None:
    command, status = called(name)
    done = subprocess.run(command, capture_output=True, cwd=tmp_path, env=environment(PYTHONIOENCODING=encoding))
    assert (done.returncode, b"Traceback" in done.stderr) == (status, False)
    assert (done.stdout + done.stderr).decode(encoding)


@pytest.mark.skipif(not FULL.exists(), reason="there is no /dev/full here")
@pytest.mark.parametrize(("name", "unbuffered"), each_and_one("", "1"))
def test_a_full_disk_is_said_and_a_failure(name: str, unbuffered: str, tmp_path: Path) -> None:
    command, status = called(name)
    with FULL.open("w") as full:
        done = subprocess.run(
            command,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            cwd=tmp_path,
            env=environment(PYTHONUNBUFFERED=unbuffered),
        )
    assert "Traceback" not in done.stderr
    if status == 2:  # its words go to the error stream
        assert done.returncode == 2
    else:
        assert done.returncode == 1
        assert done.stderr.endswith("error: the output cannot be written: No space left on device\n")


@pytest.mark.skipif(not FULL.exists(), reason="there is no /dev/full here")
@pytest.mark.parametrize("option", ["--help", "--version"])
def test_help_that_cannot_be_written_is_a_failure_without_a_buffer_too(option: str) -> None:
    with FULL.open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "registry", option],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env=environment(PYTHONUNBUFFERED="1"),
        )
    assert (done.returncode, done.stderr) == (1, "error: the output cannot be written: No space left on device\n")


@pytest.mark.parametrize("name", NAMES)
def test_a_reader_that_has_gone_changes_nothing(name: str, tmp_path: Path) -> None:
    command, status = called(name)
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, cwd=tmp_path, env=environment())
    os.close(writing)
    assert (done.returncode, b"Traceback" in done.stderr, b"Broken" in done.stderr) == (status, False, False)


@pytest.mark.parametrize(("name", "closed"), each_and_one(">&- 2>&- <&-", ">&-", "2>&-", "<&-"))
def test_streams_that_were_closed_change_nothing(name: str, closed: str, tmp_path: Path) -> None:
    command, status = called(name)
    done = subprocess.run(
        ["bash", "-c", f'"$@" {closed}', "bash", *command], capture_output=True, cwd=tmp_path, env=environment()
    )
    assert (done.returncode, b"Traceback" in done.stderr) == (status, False)


@pytest.mark.parametrize(("name", "seconds"), each_and_one(0.4, 0.1, 0.2, 0.6))
def test_an_interrupt_at_any_moment_is_no_traceback(name: str, seconds: float, tmp_path: Path) -> None:
    command, status = called(name)
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path, env=environment())
    time.sleep(seconds)
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=60)
    # Python itself takes a tenth of a second or more before anything of ours listens: the first to be imported does.
    if b"Traceback" in error:
        ours = {
            name for name in re.findall(rb'File "([^"]+)"', error) if name.startswith(os.fsencode(ROOT / "registry"))
        }
        assert ours <= {os.fsencode(ROOT / "registry" / name) for name in LISTENING}
    else:
        assert process.returncode in (130, status, -signal.SIGINT)
    assert not list(tmp_path.rglob("*.partial*"))


@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "FIFO"],
        ["check", GRAPH, "--config", "FIFO"],
        ["check", GRAPH, "--plugin", "FIFO.py"],
        ["diff", GRAPH, "FIFO"],
        ["plan", "FIFO"],
        ["render", "FIFO"],
        ["render", GRAPH, "-o", "FIFO.svg"],
        ["schema", "-o", "FIFO"],
        ["train", "FIFO"],
        ["train", str(ROOT / "graphs/edge_conv.yaml"), "--resume", "FIFO.npz"],
        ["blocks", "--plugin", "FIFO.py"],
        ["new", "project", "FIFO"],
        ["deliver", "FIFO"],
    ],
)
def test_a_pipe_in_the_place_of_a_file_is_refused_at_once(arguments: list[str], tmp_path: Path) -> None:
    words = []
    for word in arguments:
        if word.startswith("FIFO"):
            os.mkfifo(tmp_path / word)
            word = str(tmp_path / word)
        words.append(word)
    command = [sys.executable, "-m", "registry", *words]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment(), timeout=60)
    assert (done.returncode, "Traceback" in done.stderr) == (2, False), done.stderr


def test_a_file_of_events_that_is_a_pipe_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "events.npz")
    graph = tmp_path / "graph.yaml"
    graph.write_text(
        "blocks:\n"
        "  event: {use: arrays, with: {file: events.npz}}\n"
        "  dense: {use: dense_loop, in: event.features, with: {units: [4]}}\n"
        "outputs: {dense: dense}\n"
    )
    command = [sys.executable, "-m", "registry.check", str(graph)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment(), timeout=60)
    assert (done.returncode, "Traceback" in done.stderr) == (2, False), done.stderr


def test_the_reader_of_a_pipe_gets_what_is_written_there(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.svg")
    command = [sys.executable, "-m", "registry.render", GRAPH, "-o", "pipe.svg"]
    with subprocess.Popen(["cat", "pipe.svg"], stdout=subprocess.PIPE, cwd=tmp_path) as reader:
        assert subprocess.run(command, cwd=tmp_path, env=environment(), capture_output=True).returncode == 0
        assert reader.communicate(timeout=20)[0].startswith(b"<svg")
