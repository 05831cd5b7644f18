"""An address finds its run in whichever store holds it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from registry.contract.errors import RunError
from registry.contract.run_store import Point, RunStore, RunSummary
from registry.contract.tracker import Tracking, Warn
from registry.loading.blocks import load_registry
from registry.tracking.runs import Runs


class Shelf(RunStore):
    """Some runs by identifier, with their names."""

    def __init__(self, place: str, runs: dict[str, str], fault: str = "") -> None:
        self._place, self._runs, self._fault, self.asked = place, runs, fault, 0

    def place(self) -> str:
        return self._place

    def present(self) -> bool:
        return bool(self._runs)

    def find(self, name: str) -> list[RunSummary]:
        self.asked += 1
        if self._fault:
            raise RunError(self._fault)
        return [RunSummary(key, self._runs[key], "", "FINISHED", 0.0) for key in self._runs if self._is(key, name)]

    def runs(self, experiment: str) -> Sequence[RunSummary]:
        raise NotImplementedError

    def parameters(self, run: str) -> Mapping[str, str]:
        raise NotImplementedError

    def tags(self, run: str) -> Mapping[str, str]:
        raise NotImplementedError

    def metrics(self, run: str) -> Mapping[str, Sequence[Point]]:
        raise NotImplementedError

    def files(self, run: str) -> Sequence[str]:
        raise NotImplementedError

    def download(self, run: str, path: str, folder: Path) -> Path:
        raise NotImplementedError

    def _is(self, key: str, name: str) -> bool:
        return key == name if name in self._runs else self._runs[key] == name


def runs_of(first: str = "", **shelves: Shelf) -> Runs:
    def no_tracker(experiment: str, warn: Warn) -> object:
        raise AssertionError("nothing is recorded here")

    return Runs([Tracking(name, no_tracker, lambda shelf=shelf: shelf) for name, shelf in shelves.items()], first)


def test_a_run_is_found_in_the_store_that_holds_it() -> None:
    runs = runs_of(one=Shelf("here", {"a1": "net"}), other=Shelf("there", {"b2": "other net"}))
    assert runs.find("run:a1").tracking == "one"
    assert runs.find("run:other net").tracking == "other"


def test_the_store_of_the_configured_tracker_is_asked_first_and_no_other_once_it_has_the_run() -> None:
    one, other = Shelf("here", {"a1": "net"}), Shelf("there", {"a1": "net"})
    assert runs_of("other", one=one, other=other).find("run:a1").tracking == "other"
    assert one.asked == 0


def test_an_identifier_in_two_stores_is_an_error_that_names_both() -> None:
    with pytest.raises(
        RunError, match=r"2 runs are called 'a1':\n  run:a1 in one \(here\)\n  run:a1 in other \(there\)"
    ):
        runs_of(one=Shelf("here", {"a1": "net"}), other=Shelf("there", {"a1": "net"})).find("run:a1")


def test_a_name_that_was_given_twice_is_an_error_even_if_one_run_is_in_the_configured_store() -> None:
    shelves = {"one": Shelf("here", {"a1": "net"}), "other": Shelf("there", {"b2": "net"})}
    with pytest.raises(RunError, match=r"2 runs are called 'net':\n  run:a1 in one \(here\)\n  run:b2 in other"):
        runs_of("one", **shelves).find("run:net")


def test_a_store_that_fails_hides_no_run_of_another() -> None:
    runs = runs_of(one=Shelf("here", {"a1": "net"}, fault="the server sleeps"), other=Shelf("there", {"b2": "net"}))
    assert runs.find("run:b2").tracking == "other"
    with pytest.raises(RunError, match="one: the server sleeps"):
        runs.find("run:a1")


def test_where_it_was_looked_for_is_said() -> None:
    with pytest.raises(RunError, match=r"there is no such run in\n  one: here\n  other: there"):
        runs_of(one=Shelf("here", {"a1": "net"}), other=Shelf("there", {})).find("run:c3")
    with pytest.raises(RunError, match=r"no runs are kept here; looked in\n  one: here"):
        runs_of(one=Shelf("here", {})).find("run:c3")


@pytest.mark.parametrize(
    ("status", "said"), [("RUNNING", "it is RUNNING, and may keep it when it ends"), ("FAILED", "it is FAILED$")]
)
def test_a_file_that_a_run_does_not_keep_is_named_with_how_the_run_stands(
    status: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "mlruns" / "runs" / "a1"
    folder.mkdir(parents=True)
    head = '{"name": "a", "experiment": "", "status": "STATUS", "started": 0, "command": "", "description": ""}'
    (folder / "run.json").write_text(head.replace("STATUS", status))
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    run = Runs(load_registry().trackings.values()).find("run:mlruns/runs/a1")
    with pytest.raises(RunError, match=rf"model/model\.keras of run a1 cannot be had: .*no such file; {said}"):
        run.download("model/model.keras", tmp_path)
