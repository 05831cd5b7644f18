"""Where the ranks of a training find each other."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path

import pytest

from registry.contract.errors import RunError
from registry.training.ranks.meeting import FOLDER, HOST, RANK, Place, meet, place


@pytest.fixture(autouse=True)
def _no_ranks(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (RANK, FOLDER, HOST, "TF_CONFIG"):
        monkeypatch.setenv(name, "")


def test_a_process_knows_its_place_from_its_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert place() is None
    for name, value in Place(1, 4, tmp_path).environment("here").items():
        monkeypatch.setenv(name, value)
    assert place() == Place(1, 4, tmp_path)


def test_ranks_that_meet_know_the_addresses_of_all(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(HOST, "127.0.0.1")
    other = threading.Thread(target=meet, args=(Place(1, 2, tmp_path),))
    other.start()
    meet(Place(0, 2, tmp_path))
    other.join()
    told = json.loads(os.environ["TF_CONFIG"])
    assert len(set(told["cluster"]["worker"])) == 2
    assert told["task"]["type"] == "worker"


def test_ranks_that_do_not_come_are_named(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="for the ranks 1, 2, which have not come"):
        meet(Place(0, 3, tmp_path), patience=0.0)
