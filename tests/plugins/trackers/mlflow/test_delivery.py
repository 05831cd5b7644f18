"""Background delivery: batches, outages, retries, the local copy."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from registry.plugins.trackers.mlflow import delivery as module
from registry.plugins.trackers.mlflow.delivery import Delivery, Job, Rejected, Value


class Server:
    """Takes values unless it is down."""

    def __init__(self) -> None:
        self.requests: list[list[Value]] = []
        self.down = False
        self.answered = threading.Event()

    def send(self, values: list[Value]) -> None:
        self.answered.set()
        if self.down:
            raise OSError("connection refused")
        self.requests.append(values)


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
    return lambda: Delivery(server.send, tmp_path / "copy.jsonl", warnings.append)


def test_metrics_of_many_steps_travel_in_few_requests(server: Server, make: Callable[[], Delivery]) -> None:
    delivery = make()
    for step in range(50):
        delivery.values({"loss": float(step), "rate": 1.0}, step)
    assert delivery.close()
    assert sum(map(len, server.requests)) == 100
    assert len(server.requests) <= 2


def test_a_request_holds_at_most_a_thousand_values(server: Server, make: Callable[[], Delivery]) -> None:
    delivery = make()
    for step in range(2500):
        delivery.values({"loss": 1.0}, step)
    assert delivery.close()
    assert max(map(len, server.requests)) <= 1000
    assert [value.step for request in server.requests for value in request] == list(range(2500))


def test_values_arrive_while_the_run_goes_on(
    server: Server, make: Callable[[], Delivery], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "INTERVAL", 0.02)
    delivery = make()
    delivery.values({"loss": 1.0}, 0)
    assert server.answered.wait(10)
    assert delivery.close()


def test_an_outage_warns_once_keeps_a_copy_and_loses_nothing(
    server: Server, make: Callable[[], Delivery], warnings: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "INTERVAL", 0.02)
    server.down = True
    delivery = make()
    for step in range(3):
        server.answered.clear()
        delivery.values({"loss": float(step)}, step)
        assert server.answered.wait(10)
    _wait(lambda: (tmp_path / "copy.jsonl").exists() and len((tmp_path / "copy.jsonl").read_text().splitlines()) == 3)
    assert len(warnings) == 1
    assert "connection refused" in warnings[0]
    copied = [json.loads(line) for line in (tmp_path / "copy.jsonl").read_text().splitlines()]
    assert [(item["name"], item["step"]) for item in copied] == [("loss", 0), ("loss", 1), ("loss", 2)]
    server.down = False
    assert delivery.close()
    assert [value.step for request in server.requests for value in request] == [0, 1, 2]
    assert warnings[1] == "tracking works again; nothing was lost"
    assert not (tmp_path / "copy.jsonl").exists()


def test_what_never_arrives_is_said_at_the_end_and_kept(
    server: Server, make: Callable[[], Delivery], warnings: list[str], tmp_path: Path
) -> None:
    server.down = True
    delivery = make()
    delivery.values({"loss": 1.0, "rate": float("nan")}, 7)
    delivery.job(Job(lambda: None, {"artifact": "model.keras", "folder": "model"}))
    assert not delivery.close(patience=0.2)
    assert warnings[-1].startswith("3 records of this run could not be logged")
    records = [json.loads(line) for line in (tmp_path / "copy.jsonl").read_text().splitlines()]
    assert {record.get("name") or record["artifact"] for record in records} == {"loss", "rate", "model.keras"}


def test_a_disk_that_takes_no_copy_ends_nothing(server: Server, warnings: list[str], tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    server.down = True
    delivery = Delivery(server.send, tmp_path / "file" / "copy.jsonl", warnings.append)
    delivery.values({"loss": 1.0}, 0)
    assert not delivery.close(patience=0.2)
    assert "could not take them either" in warnings[-1]


def test_a_refused_record_is_dropped_with_a_warning_and_the_next_one_arrives(
    make: Callable[[], Delivery], warnings: list[str]
) -> None:
    done: list[str] = []

    def refuse() -> None:
        raise Rejected("no such file")

    delivery = make()
    delivery.job(Job(refuse, {"artifact": "gone.png"}))
    delivery.job(Job(lambda: done.append("next"), {"artifact": "there.png"}))
    assert delivery.close()
    assert done == ["next"]
    assert "gone.png" in warnings[0]
    assert "no such file" in warnings[0]


def test_recording_does_not_wait_for_a_server_that_hangs(tmp_path: Path) -> None:
    release = threading.Event()
    delivery = Delivery(lambda values: release.wait(30) or None, tmp_path / "copy.jsonl", lambda text: None)  # type: ignore[func-returns-value]
    for step in range(3000):
        delivery.values({"loss": 1.0}, step)
    assert not release.is_set()
    release.set()
    assert delivery.close()


def _wait(condition: Callable[[], bool]) -> None:
    for _ in range(500):
        if condition():
            return
        time.sleep(0.02)
    raise AssertionError("the condition did not come true")
