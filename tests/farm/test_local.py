"""Tasks run at once on this machine, and what came of each is said."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from registry.contract.errors import InputError
from registry.farm.farm import Farm
from registry.farm.local import DEVICES, Local
from registry.farm.opening import open_place
from registry.farm.task import Outcome, Task
from tests.farm.tasks import TRIAL, log, task


@pytest.fixture(scope="module")
def farm() -> Iterator[Farm]:
    """Two processes at once."""
    with open_place("local", jobs=2) as opened:
        yield opened


def run(farm: Farm, *tasks: Task) -> dict[str, Outcome]:
    """Return what came of tasks by their names."""
    return {outcome.task.name: outcome for outcome in farm.run(iter(tasks))}


def test_every_task_is_settled_with_its_reason(farm: Farm, tmp_path: Path) -> None:
    out = run(
        farm,
        task(tmp_path, "fine"),
        task(tmp_path, "fails", "--status", "1", "--say", "error: the loss is not finite\n  at step 3\n2 errors"),
        task(tmp_path, "killed", "--kill", "9", "--say", "step 4"),
        task(tmp_path, "silent", "--kill", "11"),
    )
    said = {name: (one.status, one.exit_status, one.reason, one.attempts) for name, one in out.items()}
    assert said == {
        "fine": ("done", 0, "", 1),
        "fails": ("failed", 1, "error: the loss is not finite", 1),
        "killed": (
            "failed",
            137,
            "ended by SIGKILL, as the system does where memory runs out; its last message: step 4",
            1,
        ),
        "silent": ("failed", 139, "ended by SIGSEGV; its last message: begins at 0", 1),
    }
    assert all(one.host and one.seconds > 0 for one in out.values())


def test_a_task_that_fails_is_tried_again_and_goes_on(farm: Farm, tmp_path: Path) -> None:
    file = tmp_path / "steps"
    resumed = (TRIAL, "--resume", "--file", str(file), "--steps", "3", "--status", "1")
    first = ("--file", str(file), "--steps", "2", "--status", "1")
    outcome = run(farm, task(tmp_path, "again", *first, retries=2, again=resumed))["again"]
    assert (outcome.status, outcome.attempts) == ("failed", 3)
    assert [log(tmp_path, "again", number)[0].strip() for number in (1, 2, 3)] == [
        "begins at 0",
        "begins at 2",
        "begins at 3",
    ]


def test_wrong_input_is_not_tried_again(farm: Farm, tmp_path: Path) -> None:
    assert run(farm, task(tmp_path, "wrong", "--no-such-argument", retries=3))["wrong"].attempts == 1


def test_what_has_nothing_to_go_on_with_begins_anew(farm: Farm, tmp_path: Path) -> None:
    first = ("--fails-once", str(tmp_path / "once"))
    one = task(tmp_path, "anew", *first, retries=1, again=(TRIAL, "--no-such-argument"))
    outcome = run(farm, one)["anew"]
    assert (outcome.status, outcome.attempts) == ("done", 3)


def test_a_task_is_asked_for_when_there_is_room(farm: Farm, tmp_path: Path) -> None:
    asked: list[str] = []

    def tasks() -> Iterator[Task]:
        for name in ("a", "b", "c"):
            asked.append(name)
            yield task(tmp_path, name, "--steps", "1")

    outcomes = farm.run(tasks())
    next(outcomes)
    assert asked == ["a", "b"]
    assert len(list(outcomes)) == 2
    assert asked == ["a", "b", "c"]


def test_who_stops_asking_ends_the_tasks_that_run(farm: Farm, tmp_path: Path) -> None:
    file = tmp_path / "steps"
    outcomes = farm.run(iter([task(tmp_path, "short"), task(tmp_path, "long", "--steps", "600", "--file", str(file))]))
    next(outcomes)
    wait_for(file)
    outcomes.close()  # type: ignore[attr-defined]
    assert log(tmp_path, "long")[-1] == "saved"


def test_threads_are_divided_and_the_users_own_number_stays(
    farm: Farm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NUMBA_NUM_THREADS", raising=False)
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    run(
        farm,
        task(tmp_path, "ours", "--variable", "NUMBA_NUM_THREADS"),
        task(tmp_path, "theirs", "--variable", "OMP_NUM_THREADS"),
        task(tmp_path, "own", "--variable", "OMP_NUM_THREADS", environment={"OMP_NUM_THREADS": "3"}),
    )
    divided = max(1, len(os.sched_getaffinity(0)) // 2)
    found = {name: log(tmp_path, name)[0].split()[-1] for name in ("ours", "theirs", "own")}
    assert found == {"ours": str(divided), "theirs": "7", "own": "3"}


def test_as_many_tasks_run_at_once_as_fit_in_cores_and_memory() -> None:
    assert Local(None, memory=2**60).slots == 1
    assert Local(None, memory=1).slots == len(os.sched_getaffinity(0))
    assert Local(5).slots == 5


def test_each_task_has_a_gpu_for_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(DEVICES, "2,5")
    place = Local(None, memory=1)
    slots = min(2, len(os.sched_getaffinity(0)))
    assert place.slots == slots
    for _ in range(2):
        taken = [place.taken() for _ in range(slots)]
        assert sorted(item[DEVICES] for item in taken) == ["2", "5"][:slots]
        assert place.taken() == {}
        for item in taken:
            place.returned(item)


@pytest.mark.slow
@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGKILL, -signal.SIGKILL)])
def test_no_task_survives_the_end_of_the_farm(tmp_path: Path, number: int, status: int) -> None:
    file = tmp_path / "steps"
    program = f"""
import sys
from pathlib import Path
from registry.console.command import run_command
from registry.farm.opening import open_place
from tests.farm.tasks import task
def main():
    with open_place("local", jobs=1) as farm:
        list(farm.run(iter([task(Path({str(tmp_path)!r}), "long", "--steps", "600", "--file", {str(file)!r})])))
    return 0
sys.exit(run_command(main))
"""
    process = subprocess.Popen([sys.executable, "-c", program], stderr=subprocess.PIPE, text=True)
    wait_for(file)
    process.send_signal(number)
    said = process.communicate()[1]
    assert process.returncode == status
    assert ("interrupted" in said) == (number != signal.SIGKILL)
    until = time.monotonic() + 10
    while log(tmp_path, "long")[-1] != "saved" and time.monotonic() < until:
        time.sleep(0.1)
    assert log(tmp_path, "long")[-1] == "saved"


def test_a_name_that_is_no_place_is_an_error() -> None:
    with (
        pytest.raises(InputError, match=r"--on locl: expected local, tcp://HOST:PORT or FILE.yaml.*'locl'"),
        open_place("locl"),
    ):
        pass


def test_a_farm_that_is_not_installed_says_how_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("registry.farm.opening.NEEDED", ("distributed", "no_such_package"))
    with pytest.raises(InputError, match=r"no_such_package(.|\n)*pip install 'registry\[farm\]'"), open_place("local"):
        pass


def wait_for(file: Path) -> None:
    """Wait until a file is there."""
    until = time.monotonic() + 60
    while not file.exists():
        assert time.monotonic() < until, f"{file} does not come"
        time.sleep(0.05)
