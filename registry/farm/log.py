"""The logs of a task: one an attempt, in the task's folder."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path
from typing import BinaryIO

TAIL = 20_000
"""Bytes at the end of a log in which the last message is looked for."""

LONGEST = 500
"""Characters of a reason."""

HEADING = "# "

_COUNT = re.compile(r"\d+ errors?$")
"""What a command says last of several errors."""

_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def log_of(folder: Path, number: int) -> Path:
    """Return the log of an attempt."""
    return folder / f"attempt_{number}.log"


def logs(folder: Path) -> list[Path]:
    """Return the logs of all attempts so far."""
    found: list[Path] = []
    while (file := log_of(folder, len(found) + 1)).exists():
        found.append(file)
    return found


def new_log(folder: Path, heading: str) -> tuple[Path, BinaryIO]:
    """Begin the log of another attempt, with a line that says what it is of."""
    folder.mkdir(parents=True, exist_ok=True)
    while True:
        file = log_of(folder, len(logs(folder)) + 1)
        try:
            stream = file.open("xb")
        except FileExistsError:
            continue
        stream.write(f"{HEADING}{heading}\n".encode())
        stream.flush()
        return file, stream


def heading(command: str, host: str, token: str) -> str:
    """Return the first line of an attempt's log: its command, when and where it began, and its token."""
    return f"{command} [{time.strftime('%Y-%m-%d %H:%M:%S')}, {host}, {token}]"


def host_in(heading: str) -> str:
    """Return the host that a log's first line names; empty if it names none."""
    told = heading.rpartition("[")[2].split(", ")
    return told[1] if len(told) == 3 else ""


def heading_of(log: Path) -> str:
    """Return what the first line of a log says."""
    try:
        with log.open(encoding="utf-8", errors="replace") as stream:
            return stream.readline().removeprefix(HEADING).rstrip()
    except OSError:
        return ""


def last_message(log: Path) -> str:
    """Return the last message of a log: its last line that continues no other one; empty if there is none."""
    try:
        with log.open("rb") as stream:
            stream.seek(max(0, os.fstat(stream.fileno()).st_size - TAIL))
            text = stream.read().decode(errors="replace")
    except OSError:
        return ""
    lines = [_CONTROL.sub("", line).rpartition("\r")[2].rstrip() for line in text.splitlines()]
    begun = [line for line in lines if line and not line[0].isspace() and not line.startswith(HEADING)]
    said = [line for line in begun if not _COUNT.match(line)]
    return said[-1][:LONGEST] if said else ""
