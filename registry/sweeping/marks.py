"""Which sweep has begun a trial, and whether that sweep is still there."""

from __future__ import annotations

import os
import secrets
import socket
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

BEAT = 15.0
"""Seconds between two marks of a sweep that it is there."""

LEASE = 120.0
"""Seconds after its last mark in which a sweep on another machine is taken to be there."""


def own_mark() -> dict[str, Any]:
    """Return what names this process, on this machine, and no other one before or after it."""
    pid, host = os.getpid(), socket.gethostname()
    named = {"id": secrets.token_hex(6), "host": host, "system": _system(), "pid": pid}
    return {**named, "born": _born(pid), "beat": now()}


def now() -> float:
    """Return the time of a mark, in seconds since 1970."""
    return round(time.time(), 1)


def is_there(mark: Mapping[str, Any]) -> bool:
    """Say whether the sweep that has left a mark is there: on this machine for certain, elsewhere by its last mark."""
    if (mark.get("host"), mark.get("system")) == (socket.gethostname(), _system()):
        born = _born(int(mark.get("pid", -1)))
        return bool(born) and born == mark.get("born")
    return now() - float(mark.get("beat", 0.0)) < LEASE


def who(mark: Mapping[str, Any]) -> str:
    """Return how messages name a sweep."""
    return f"process {mark.get('pid', '?')} on {mark.get('host', '?')}"


def _system() -> str:
    """Return what tells this machine, since it was started, and this container from others of the same name."""
    with suppress(OSError):
        started = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{started} {os.readlink('/proc/self/ns/pid')}"
    return ""


def _born(pid: int) -> str:
    """Return when a process began, by the kernel's clock; empty if there is none of that number."""
    with suppress(OSError, IndexError):
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[19]
    with suppress(ProcessLookupError):
        os.kill(pid, 0)
        return "unknown"
    return ""
