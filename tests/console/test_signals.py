"""A command that is asked to end says so, and ends with the status that shells expect."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from registry.console.command import run_command
from registry.console.signals import SIGNALS, Listener

LEAVING = """
import os, signal, sys
from registry.console.signals import Listener
listener = Listener()
listener.listen()
print("shown before")
with listener.leaving_at_once("no run was begun"), listener.held():
    os.kill(os.getpid(), signal.{name})
    print("finished", flush=True)
print("never shown")
"""

IMPORTING = """
import sys
sys.argv = ["-m"]
sys.orig_argv = [sys.executable, "-m", "{module}"]
import registry
import os, signal
os.kill(os.getpid(), signal.SIGTERM)
print("goes on")
"""


@pytest.fixture(autouse=True)
def heard() -> Iterator[None]:
    """The signals are not ignored, even where the tests run in the background or under `nohup`."""
    before = {number: signal.signal(number, signal.SIG_DFL) for number in SIGNALS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def run(program: str) -> subprocess.CompletedProcess[str]:
    root = Path(__file__).parents[2]
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, cwd=root)


@pytest.mark.parametrize("number", SIGNALS)
def test_a_command_that_a_signal_ends_says_so(number: signal.Signals, capsys: pytest.CaptureFixture[str]) -> None:
    def main() -> int:
        os.kill(os.getpid(), number)
        return 0

    assert run_command(main) == 128 + number
    said = capsys.readouterr().err
    assert said == ("interrupted\n" if number == signal.SIGINT else f"interrupted by {number.name}\n")


def test_the_handlers_are_put_back(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(lambda: 0) == 0
    assert [signal.getsignal(number) for number in SIGNALS] == [signal.SIG_DFL] * len(SIGNALS)


def test_what_is_held_is_finished_first() -> None:
    done = []
    listener = Listener()

    def main() -> None:
        with listener.listening(), listener.held():
            os.kill(os.getpid(), signal.SIGTERM)
            done.append("all of it")

    with pytest.raises(KeyboardInterrupt):
        main()
    assert done == ["all of it"]


@pytest.mark.parametrize(("name", "status"), [("SIGTERM", 143), ("SIGINT", 130)])
def test_a_process_that_leaves_at_once_has_shown_what_it_printed(name: str, status: int) -> None:
    done = run(LEAVING.format(name=name))
    assert done.returncode == status
    assert done.stdout == "shown before\nfinished\n"
    assert done.stderr.endswith(": no run was begun\n")
    assert done.stderr.count("\n") == 1


def test_a_command_is_interrupted_while_it_is_still_being_imported() -> None:
    done = run(IMPORTING.format(module="registry.train"))
    assert (done.returncode, done.stdout) == (143, "")
    assert done.stderr == "interrupted by SIGTERM: nothing was begun\n"


def test_a_program_that_imports_the_package_keeps_its_handlers() -> None:
    done = run(IMPORTING.format(module="pytest"))
    assert done.returncode == -signal.SIGTERM
    assert done.stderr == ""


def test_a_signal_that_is_ignored_stays_ignored() -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    with Listener().listening():
        os.kill(os.getpid(), signal.SIGHUP)
