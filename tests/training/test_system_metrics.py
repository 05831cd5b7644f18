"""Measurements of the machine beside those of the training, under mlflow's names."""

from __future__ import annotations

import math
import time

import pytest

from registry.console.command import run_command
from registry.train import main
from registry.training import system_metrics
from registry.training.system_metrics import SystemMetrics
from tests.training.helpers import TINY

pytest.importorskip("psutil", reason="psutil is not installed")


def test_means_are_of_what_was_measured_since_the_last_call(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system_metrics, "INTERVAL", 0.01)
    measured = SystemMetrics()
    loads = iter([10.0, 30.0, 50.0, 70.0])
    monkeypatch.setattr(measured, "_of_the_machine", lambda: {"cpu_utilization_percentage": next(loads)})
    measured._measure()
    measured._measure()
    assert measured.take()["system/cpu_utilization_percentage"] == 20.0
    # Nothing was measured since: what holds now is.
    assert measured.take()["system/cpu_utilization_percentage"] == 50.0


def test_a_thread_measures_until_it_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system_metrics, "INTERVAL", 0.01)
    measured = SystemMetrics()
    measured.start()
    for _ in range(1000):
        if measured._count > 2:
            break
        time.sleep(0.01)
    measured.stop()
    counted = measured._count
    assert counted > 2
    time.sleep(0.05)
    assert measured._count == counted
    values = measured.take()
    names = ("cpu_utilization_percentage", "system_memory_usage_megabytes", "process_memory_usage_megabytes")
    assert all(math.isfinite(value) for value in values.values())
    assert all(values[f"system/{name}"] >= 0 for name in names)
    assert 0 < values["system/disk_usage_percentage"] <= 100


def test_without_psutil_the_option_is_an_error_at_its_place(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(system_metrics, "find_spec", lambda name: None)
    assert run_command(lambda: main([str(TINY), "--set", "General.system_metrics=true"])) == 2
    said = capsys.readouterr().err
    assert "General.system_metrics needs the package psutil, which is not installed" in said
    assert "pip install psutil; or 'registry[system]'" in said
    assert "--set" in said
