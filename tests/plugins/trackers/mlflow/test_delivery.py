"""Background delivery: batches, outages, retries, bad records, the journal."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from registry.console import files
from registry.plugins.trackers.mlflow import delivery as module
from registry.plugins.trackers.mlflow.delivery import Delivery
from registry.plugins.trackers.mlflow.journal import Head, Journal, opened
from registry.plugins.trackers.mlflow.receiver import Receiver, Refused, RunGone
from registry.plugins.trackers.mlflow.records import Data, End, File, Parameter, Record, Text, Value

HEAD = Head("mlflow", "0123", "a run", "http://127.0.0.1:9")


class Server(Receiver):
    """Takes records unless it is down, or one of them is bad."""

    def __init__(self) -> None:
        self.requests: list[list[Record]] = []
        self.attempts = 0
        self.failure: Exception | None = None
        self.bad: Callable[[Record], bool] = lambda record: False
        self.answered = threading.Event()

    def send(self, records: Sequence[Record], again: bool = False) -> None:
        self.attempts += 1
        self.answered.set()
        if self.failure:
            raise self.failure
        if any(self.bad(record) for record in records):
            raise Refused("invalid")
        self.requests.append(list(records))

    @property
    def taken(self) -> list[Record]:
        return [record for request in self.requests for record in request]

    @property
    def steps(self) -> list[int]:
        return [record.step for record in self.taken if isinstance(record, Value)]


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def warnings() -> list[str]:
    return []


@pytest.fixture
def make(
    server: Server, warnings: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[], Delivery]:
    monkeypatch.setattr(module, "PAUSES", (0.02,))
    monkeypatch.setattr(module, "LAST_PAUSES", (0.02,))

    def made() -> Delivery:
        delivery = Delivery(server, Journal(tmp_path / "run", HEAD), warnings.append)
        delivery.start([])
        return delivery

    return made


def kept(folder: Path) -> list[Record]:
    with opened(folder / "run" / "undelivered.jsonl") as (_, head, records):
        assert head == HEAD
        return records


def test_metrics_of_many_steps_travel_in_few_requests(server: Server, make: Callable[[], Delivery]) -> None:
    delivery = make()
    for step in range(50):
        delivery.values({"loss": float(step), "rate": 1.0}, step)
    assert delivery.close() == 0
    assert sum(map(len, server.requests)) == 100
    assert len(server.requests) <= 2


def test_a_request_holds_at_most_a_thousand_values(server: Server, make: Callable[[], Delivery]) -> None:
    delivery = make()
    for step in range(2500):
        delivery.values({"loss": 1.0}, step)
    assert delivery.close() == 0
    assert max(map(len, server.requests)) <= 1000
    assert server.steps == list(range(2500))


def test_values_arrive_while_the_run_goes_on(
    server: Server, make: Callable[[], Delivery], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "INTERVAL", 0.02)
    delivery = make()
    delivery.values({"loss": 1.0}, 0)
    assert server.answered.wait(10)
    assert delivery.close() == 0


def test_an_outage_warns_once_keeps_a_copy_and_loses_nothing(
    server: Server, make: Callable[[], Delivery], warnings: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "INTERVAL", 0.02)
    server.failure = OSError("connection refused")
    delivery = make()
    journal = tmp_path / "run" / "undelivered.jsonl"
    for step in range(3):
        delivery.values({"loss": float(step)}, step)
        _wait(lambda step=step: journal.exists() and len(journal.read_text().splitlines()) == step + 2)  # type: ignore[misc]
    assert len(warnings) == 1
    assert "connection refused" in warnings[0]
    server.failure = None
    assert delivery.close() == 0
    assert server.steps == [0, 1, 2]
    assert warnings[1] == "tracking works again; nothing was lost"
    assert not journal.exists()


def test_records_are_noted_within_an_outage_while_the_next_attempt_is_far(
    server: Server, make: Callable[[], Delivery], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "INTERVAL", 0.02)
    server.failure = OSError("connection refused")
    delivery = make()
    monkeypatch.setattr(module, "PAUSES", (1000.0,))
    delivery.values({"loss": 1.0}, 0)
    journal = tmp_path / "run" / "undelivered.jsonl"
    _wait(journal.exists)
    attempts = server.attempts
    delivery.values({"loss": 1.0}, 1)
    _wait(lambda: len(journal.read_text().splitlines()) == 3)
    assert server.attempts == attempts
    server.failure = None
    assert delivery.close() == 0


def test_the_end_of_a_run_is_tried_again_after_a_long_outage(
    server: Server, make: Callable[[], Delivery], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "INTERVAL", 0.01)
    server.failure = OSError("connection refused")
    delivery = make()
    delivery.values({"loss": 1.0}, 0)
    _wait(lambda: server.attempts > 5)
    threading.Timer(0.5, lambda: setattr(server, "failure", None)).start()
    delivery.add([End("FINISHED", 5)])
    assert delivery.close(patience=20) == 0
    assert server.taken[-1] == End("FINISHED", 5)
    assert server.steps == [0]


def test_what_never_arrives_is_said_at_the_end_and_kept(
    server: Server, make: Callable[[], Delivery], warnings: list[str], tmp_path: Path
) -> None:
    server.failure = OSError("connection refused")
    delivery = make()
    delivery.values({"loss": 1.0, "rate": float("nan")}, 7)
    delivery.add([File(str(tmp_path / "run" / "model.keras"), "model"), End("FINISHED", 5)])
    assert delivery.close(patience=0.2) == 4
    assert warnings[-1].startswith("4 records of this run are not logged yet")
    assert f"python -m registry.deliver {tmp_path / 'run'}" in warnings[-1]
    values, (file, end) = kept(tmp_path)[:2], kept(tmp_path)[2:]
    assert [(item.metric, item.step) for item in values if isinstance(item, Value)] == [("loss", 7), ("rate", 7)]
    assert (file, end) == (File(str(tmp_path / "run" / "model.keras"), "model"), End("FINISHED", 5))


def test_a_file_from_elsewhere_is_copied_to_the_folder_of_the_run(
    server: Server, make: Callable[[], Delivery], tmp_path: Path
) -> None:
    server.failure = OSError("connection refused")
    plot = tmp_path / "plot.svg"
    plot.write_text("picture")
    delivery = make()
    delivery.add([File(str(plot), "plots")])
    delivery.close(patience=0.1)
    plot.unlink()
    (record,) = kept(tmp_path)
    assert isinstance(record, File)
    assert Path(record.file).read_text() == "picture"
    assert (Path(record.file).name, record.folder) == ("plot.svg", "plots")


def test_a_disk_that_takes_no_copy_ends_nothing_and_is_named(
    server: Server, warnings: list[str], tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    server.failure = OSError("connection refused")
    delivery = Delivery(server, Journal(tmp_path / "file" / "run", HEAD), warnings.append)
    delivery.start([])
    delivery.values({"loss": 1.0}, 0)
    assert delivery.close(patience=0.1) == 1
    assert "undelivered.jsonl cannot be written either" in warnings[-1]


@pytest.mark.parametrize("bad", [{0}, {17}, {99}, {3, 4, 50}])
def test_of_a_hundred_parameters_only_the_bad_ones_are_left(
    bad: set[int], server: Server, make: Callable[[], Delivery], warnings: list[str], tmp_path: Path
) -> None:
    server.bad = lambda record: isinstance(record, Parameter) and record.value == "bad"
    delivery = make()
    delivery.add(Parameter(f"p{index}", "bad" if index in bad else "good") for index in range(100))
    delivery.add([End("FINISHED", 5)])
    assert delivery.close() == len(bad)
    assert len(server.taken) == 100 - len(bad) + 1
    assert sum("refuses" in text for text in warnings) == 1
    assert [record.parameter for record in kept(tmp_path) if isinstance(record, Parameter)] == [
        f"p{index}" for index in sorted(bad)
    ]


def test_what_a_server_will_never_take_is_said_and_not_kept(
    server: Server, make: Callable[[], Delivery], warnings: list[str], tmp_path: Path
) -> None:
    server.failure = Refused("too old", never=True)
    delivery = make()
    delivery.add([Data("events", "0123", "training", "arrays", [], {}, {})])
    delivery._attempt()
    server.failure = None
    assert delivery.close() == 0
    assert server.taken == []
    (warning,) = warnings
    assert warning == "mlflow leaves out the data 'events' (training): too old"


def test_a_metric_that_is_always_refused_costs_few_requests_and_one_warning(
    server: Server, make: Callable[[], Delivery], warnings: list[str]
) -> None:
    server.bad = lambda record: isinstance(record, Value) and record.metric == "bad"
    delivery = make()
    for step in range(2000):
        delivery.values({"bad": 1.0, "loss": float(step)}, step)
    assert delivery.close() == 2000
    assert server.steps == list(range(2000))
    assert server.attempts < 100
    assert sum("refuses" in text for text in warnings) == 1


def test_a_server_that_refuses_everything_is_an_outage(
    server: Server, make: Callable[[], Delivery], warnings: list[str]
) -> None:
    server.bad = lambda record: True
    delivery = make()
    delivery.add(Parameter(f"p{index}", "x") for index in range(100))
    delivery._attempt()
    server.bad = lambda record: False
    assert delivery.close() == 0
    assert len(server.taken) == 100
    assert any("everything is refused" in text for text in warnings)


def test_a_deleted_run_is_said_once_and_not_waited_for(
    server: Server, make: Callable[[], Delivery], warnings: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "INTERVAL", 0.01)
    server.failure = RunGone("the run was deleted")
    delivery = make()
    for step in range(20):
        delivery.values({"loss": 1.0}, step)
        time.sleep(0.02)
    started = time.monotonic()
    assert delivery.close(patience=30) == 20
    assert time.monotonic() - started < 5
    assert len(warnings) == 2
    assert "the run was deleted" in warnings[0]


def test_the_text_of_a_record_survives_the_journal(
    make: Callable[[], Delivery], server: Server, tmp_path: Path
) -> None:
    server.failure = OSError("no")
    delivery = make()
    delivery.add([Text("line\nother \u00e9\u2028", "a.txt")])
    delivery.close(patience=0.1)
    assert kept(tmp_path) == [Text("line\nother \u00e9\u2028", "a.txt")]


def test_a_journal_that_was_cut_off_gives_what_is_whole(
    make: Callable[[], Delivery], server: Server, tmp_path: Path
) -> None:
    server.failure = OSError("no")
    delivery = make()
    delivery.values({"loss": 1.0}, 0)
    delivery.close(patience=0.1)
    journal = tmp_path / "run" / "undelivered.jsonl"
    files.append_whole(journal, b'{"metric": "loss", "val')
    assert len(kept(tmp_path)) == 1


def test_recording_does_not_wait_for_a_server_that_hangs(tmp_path: Path) -> None:
    release = threading.Event()

    class Hanging(Receiver):
        def send(self, records: Sequence[Record], again: bool = False) -> None:
            release.wait(30)

    delivery = Delivery(Hanging(), Journal(tmp_path, HEAD), lambda text: None)
    delivery.start([])
    for step in range(3000):
        delivery.values({"loss": 1.0}, step)
    assert not release.is_set()
    release.set()
    assert delivery.close() == 0


def _wait(condition: Callable[[], bool]) -> None:
    for _ in range(500):
        if condition():
            return
        time.sleep(0.02)
    raise AssertionError("the condition did not come true")
