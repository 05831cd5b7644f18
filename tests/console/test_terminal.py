"""What is shown can be shown anywhere: without colours, in any encoding."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from registry.console.terminal import coloured

ROOT = Path(__file__).resolve().parents[2]
GRAPH = "graphs/gravnet.yaml"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def written(stream: io.StringIO) -> str:
    coloured(stream, [("wrong", "red"), ("[bold] and 1", "")])
    return stream.getvalue()


def test_a_terminal_gets_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert written(Terminal()) == "\x1b[31mwrong\x1b[0m\n[bold] and 1\n"


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_a_terminal_without_colours_gets_the_text(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    assert written(Terminal()) == "wrong\n[bold] and 1\n"


def test_a_file_gets_the_text() -> None:
    assert written(io.StringIO()) == "wrong\n[bold] and 1\n"


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
@pytest.mark.parametrize("command", [["blocks", "gravnet"], ["plan", GRAPH], ["diff", GRAPH, "graphs/edge_conv.yaml"]])
def test_signs_that_an_encoding_lacks_are_replaced(encoding: str, command: list[str]) -> None:
    environment = {**os.environ, "PYTHONIOENCODING": encoding}
    done = subprocess.run(
        [sys.executable, "-m", f"registry.{command[0]}", *command[1:]], capture_output=True, cwd=ROOT, env=environment
    )
    assert b"Traceback" not in done.stderr
    assert done.stdout.decode(encoding)
