"""One process at a time trains a run, and a run is found by what names it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from registry.contract.errors import InputError, RunError
from registry.loading.blocks import load_registry
from registry.tracking.runs import Runs
from registry.training.finding import Found, find_checkpoint
from registry.training.identity import RunCard
from registry.training.run_folder import (
    alone,
    folder_of,
    named_folder,
    new_folder,
    read_card,
    wait_until_free,
    write_card,
)
from tests.training.checkpoints import checkpoint

CARD = RunCard("net-0123", "net", "folder", "mlruns/runs", "net")

HOLDING = """
import sys, time
from pathlib import Path
from registry.training.run_folder import alone
with alone(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The local folder of a run that the tracker `folder` keeps, in the working folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    made = new_folder("net")
    write_card(made, CARD)
    checkpoint(made, CARD)
    kept = Path("mlruns/runs/net-0123")
    kept.mkdir(parents=True)
    head = {
        "name": CARD.name,
        "experiment": "net",
        "status": "KILLED",
        "started": 0.0,
        "command": "",
        "description": "",
    }
    (kept / "run.json").write_text(json.dumps(head))
    return made


def find(named: str) -> Found:
    return find_checkpoint(named, Runs(load_registry().trackings.values(), "folder"))


@pytest.mark.parametrize(
    "named",
    ["run:net-0123", "net-0123", "run:net", "net", "net-0123:last", "{}", "{}:last"],
)
def test_a_run_is_found_by_its_id_its_name_and_its_folder(named: str, folder: Path) -> None:
    found = find(named.format(folder))
    assert (found.saved.made_by, found.folder) == (CARD, folder)


@pytest.mark.parametrize("place", ["checkpoints/last.npz", "checkpoints", ""])
def test_a_run_is_found_by_its_files_wherever_they_are_named_from(place: str, folder: Path) -> None:
    for name in (folder / place, (folder / place).absolute()):
        assert find(str(name)).folder == folder


def test_a_copy_of_a_checkpoint_belongs_to_the_same_run(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.npz"
    copy.write_bytes((folder / "checkpoints" / "last.npz").read_bytes())
    assert find(str(copy)).folder == folder


def test_a_run_of_another_machine_has_its_checkpoint_from_the_store(folder: Path) -> None:
    files = Path("mlruns/runs/net-0123/files/checkpoints")
    files.mkdir(parents=True)
    (folder / "checkpoints" / "last.npz").rename(files / "last.npz")
    (folder / "run.json").unlink()
    found = find("net-0123")
    assert (found.saved.made_by, found.folder) == (CARD, None)


@pytest.mark.parametrize("which", ["best", "epoch-3"])
def test_a_checkpoint_that_a_run_has_not_is_named_with_those_it_has(which: str, folder: Path) -> None:
    for named in (f"run:net-0123:{which}", f"{folder}:{which}"):
        with pytest.raises(InputError) as caught:
            find(named)
        assert f"{named}: the run has no checkpoint {which!r}; it has: last" in str(caught.value)
    (folder / "checkpoints" / "last.npz").rename(folder / "checkpoints" / f"{which}.npz")
    assert find(f"net-0123:{which}").saved.made_by == CARD


def test_a_run_without_a_checkpoint_says_so(folder: Path) -> None:
    (folder / "checkpoints" / "last.npz").unlink()
    with pytest.raises(InputError, match="the run has no checkpoint 'last'; it has none"):
        find("net-0123")


@pytest.mark.parametrize("named", ["no-such-run", "run:no-such-run", "net-0124"])
def test_a_name_of_nothing_says_where_was_looked(named: str, folder: Path) -> None:
    with pytest.raises(InputError, match="names no checkpoint: there is no such run in") as caught:
        find(named)
    assert "mlruns/runs" in str(caught.value)


def test_a_path_of_nothing_is_a_file_that_is_not_there(folder: Path) -> None:
    with pytest.raises(InputError, match="there is no such file"):
        find("mlruns/local/other/checkpoints/last.npz")


def test_two_processes_do_not_train_one_run(folder: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", HOLDING, str(folder)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    said = f"the run in {folder} is being trained by process {process.pid} on {socket.gethostname()}"
    with pytest.raises(RunError, match=said), alone(folder):
        pass
    process.send_signal(signal.SIGKILL)
    process.wait(30)
    with alone(folder):
        noted = json.loads((folder / "lock").read_text())
        assert noted["pid"] == os.getpid()
    with alone(folder):
        pass


def test_folders_of_one_second_are_told_apart(folder: Path) -> None:
    made = [new_folder("net") for _ in range(3)]
    assert len({*made, folder}) == 4


def test_a_folder_says_which_run_it_is_of(folder: Path) -> None:
    assert read_card(folder) == CARD
    assert folder_of("net-0123") == folder
    assert folder_of("") is folder_of("other") is None
    write_card(folder, replace(CARD, id="other"))
    assert folder_of("other") == folder
    (folder / "run.json").write_text("{")
    assert read_card(folder) == RunCard()


def test_a_folder_that_holds_a_run_is_given_to_no_other_one(folder: Path) -> None:
    named = named_folder("attempt")
    assert named == Path("mlruns/local/attempt")
    with pytest.raises(InputError, match="is there already") as error:
        named_folder("attempt")
    assert "--continue" in str(error.value)
    assert named_folder("attempt", go_on=True) == named


@pytest.mark.parametrize("name", ["a/b", "..", "/tmp/a"])
def test_a_named_folder_lies_where_those_of_all_runs_lie(folder: Path, name: str) -> None:
    with pytest.raises(InputError, match="expected the name of a folder in mlruns/local"):
        named_folder(name)


def test_a_run_that_is_being_closed_is_waited_for(folder: Path) -> None:
    with alone(folder), pytest.raises(RunError, match="is being trained by process"):
        wait_until_free(folder, 0)
    wait_until_free(folder, 0)
