"""Where the ranks of a training find each other: a folder that all of them see."""

from __future__ import annotations

import json
import os
import socket
import time
from dataclasses import dataclass
from pathlib import Path

from registry.console.files import write_whole
from registry.contract.errors import RunError

RANK, FOLDER, HOST = "REGISTRY_RANK", "REGISTRY_RANKS_FOLDER", "REGISTRY_RANK_HOST"
"""Variables of a rank's process: which it is ("1/4"), where the ranks meet, and by which name the others reach it."""

PATIENCE = 900.0
"""Seconds that a rank waits for the others: a batch system may start them one after the other."""

LOOK = 0.1


@dataclass(frozen=True)
class Place:
    """Which rank a process is, of how many, and the folder where they meet."""

    rank: int
    size: int
    folder: Path

    def environment(self, host: str = "") -> dict[str, str]:
        """Return the variables that tell a process its place; `host`: the name of its machine, if it need not ask."""
        told = {RANK: f"{self.rank}/{self.size}", FOLDER: str(self.folder)}
        return {**told, HOST: host} if host else told


def place() -> Place | None:
    """Return the place of this process; None if it trains alone."""
    told = os.environ.get(RANK, "")
    if not told:
        return None
    rank, _, size = told.partition("/")
    return Place(int(rank), int(size), Path(os.environ[FOLDER]))


def meet(own: Place, patience: float = PATIENCE) -> None:
    """Say where this rank listens, wait for all others to have done so, and let TensorFlow know (TF_CONFIG).

    Raises RunError, which names the ranks that have not come.
    """
    host = os.environ.get(HOST) or socket.gethostname()
    write_whole(own.folder / f"address-{own.rank}", f"{host}:{_free_port()}\n")
    until = time.monotonic() + patience
    while missing := [rank for rank in range(own.size) if not _address(own, rank).exists()]:
        if time.monotonic() > until:
            names = ", ".join(map(str, missing))
            raise RunError(f"rank {own.rank} has waited {patience:.0f} s for the ranks {names}, which have not come")
        time.sleep(LOOK)
    addresses = [_address(own, rank).read_text(encoding="ascii").strip() for rank in range(own.size)]
    cluster = {"cluster": {"worker": addresses}, "task": {"type": "worker", "index": own.rank}}
    os.environ["TF_CONFIG"] = json.dumps(cluster)


def _address(own: Place, rank: int) -> Path:
    return own.folder / f"address-{rank}"


def _free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("", 0))
        return int(listening.getsockname()[1])
