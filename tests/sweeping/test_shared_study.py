"""A study that several sweeps work on at once, wherever it is kept."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import optuna
import pytest
from sqlalchemy.exc import ProgrammingError

from registry.contract.errors import Origin, Problems
from registry.sweeping import storage as opening
from registry.sweeping.axis_texts import typed_axes
from registry.sweeping.study import new_study
from tests.servers import postgresql
from tests.sweeping.stand_in import Run, good, swept, table, write_graph

pytestmark = pytest.mark.slow

RATES = [number / 1000 for number in range(1, 7)]

ARGUMENTS = ["--over", f"Training[0].learning_rate={','.join(map(str, RATES))}"]

TOGETHER = """
import sys, time
from pathlib import Path
sys.path.insert(0, {root!r})
import registry.farm.opening
import registry.sweeping.page
from registry.sweep import main
from tests.sweeping.stand_in import StandIn, good

def trained(run):
    # The first training lasts until the other sweep has begun one, too.
    Path(sys.argv[1]).touch()
    until = time.monotonic() + 120
    while len(list(Path().glob("begun-*"))) < 2 and time.monotonic() < until:
        time.sleep(0.05)
    time.sleep(0.1)
    good(run)

registry.sweeping.page._figures = lambda study, plan: []
farm = StandIn(trained)
registry.farm.opening.open_place = farm.opening()
status = main(["tiny.yaml", *{arguments!r}])
print("trained", *[task.name for task in farm.tasks])
sys.exit(status)
"""


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    with postgresql() as address:
        yield address


@pytest.fixture(params=["journal", "sqlite", "postgresql"])
def storage(request: pytest.FixtureRequest) -> list[str]:
    """The arguments that say where a study is kept."""
    if request.param == "postgresql":
        return ["--storage", request.getfixturevalue("database")]
    return ["--storage", "sqlite:///study.db"] if request.param == "sqlite" else []


@pytest.fixture(autouse=True)
def _graph(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_graph(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("registry.sweeping.page._figures", lambda study, plan: [])


def test_two_processes_that_begin_at_once_train_every_variant_once(storage: list[str]) -> None:
    arguments = [*ARGUMENTS, "--study", "together", *storage]
    program = TOGETHER.format(root=str(Path(__file__).resolve().parents[2]), arguments=arguments)
    both = [
        subprocess.Popen(
            [sys.executable, "-c", program, f"begun-{number}"],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for number in range(2)
    ]
    said = [process.communicate(timeout=200)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    trained = [text.splitlines()[-1].split()[1:] for text in said]
    assert all(trained), said
    # A number is that of a trial: those that stood twice in the queue have been dropped from it.
    assert len(trained[0]) + len(trained[1]) == len(RATES)
    rows = table("together")
    assert sorted(float(row["Training[0].learning_rate"]) for row in rows) == RATES
    assert {row["state"] for row in rows} == {"done"}


def test_nobody_writes_to_a_file_of_sqlite_between_what_a_sweep_reads_and_writes(tmp_path: Path) -> None:
    kept, _ = opening.open_storage(f"sqlite:///{tmp_path / 'study.db'}", "s", Origin("--storage"))
    assert isinstance(kept, optuna.storages.RDBStorage)
    with closing(sqlite3.connect(tmp_path / "study.db", timeout=0)) as other:
        with kept.engine.begin(), pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
        other.execute("BEGIN IMMEDIATE")


def test_tables_that_another_process_is_making_are_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    made = optuna.storages.RDBStorage
    refused = iter([ProgrammingError("CREATE TABLE studies", {}, Exception('relation "studies" already exists'))] * 2)

    def open_database(address: str, **options: Any) -> optuna.storages.RDBStorage:
        for error in refused:
            raise error
        return made(address, **options)

    monkeypatch.setattr(optuna.storages, "RDBStorage", open_database)
    monkeypatch.setattr(opening, "PAUSE", 0.0)
    assert opening.open_storage("sqlite:///study.db", "s", Origin("--storage"))[1] == "sqlite:///study.db"
    assert next(refused, None) is None


def test_an_interrupted_sweep_of_a_database_goes_on(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    arguments = [*ARGUMENTS, "--study", "interrupted", "--storage", database]

    def interrupted(run: Run) -> None:
        if run.sets["Training[0].learning_rate"] == "0.003":
            raise KeyboardInterrupt
        good(run)

    with pytest.raises(KeyboardInterrupt):
        swept(monkeypatch, interrupted, *arguments)
    farm = swept(monkeypatch, good, *arguments)
    assert sorted(task.name for task in farm.tasks) == [f"interrupted-{number:03}-seed-1" for number in (2, 3, 4, 5)]
    assert [row["state"] for row in table("interrupted")] == ["done"] * len(RATES)


def test_of_two_sweeps_that_ask_for_the_last_variant_one_has_it() -> None:
    kept = optuna.create_study(storage=optuna.storages.InMemoryStorage(), study_name="s")
    axes = typed_axes(["A.rate=1e-4..1e-2:log"], Problems())
    one, other = new_study(kept, "here", axes), new_study(kept, "here", axes)
    assert one.ask(1) is not None
    assert other.ask(1) is None
    assert [trial.number for trial in other.trials()] == [0]
