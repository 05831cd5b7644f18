"""What is shown of a training, on a terminal and in a log."""

from __future__ import annotations

import io

import pytest

from registry.training import progress as module
from registry.training.progress import Progress, terms

METRICS = {
    "loss": 1.75,
    "iterations.0.distance.loss": 0.25,
    "iterations.1.distance.loss": 0.5,
    "loss.loss": 1.0,
    "loss.attractive": 0.75,
    "loss.time": 0.0,
    "loss.noise": 0.25,
    "regularisation": 0.001,
}


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(module, "memory", lambda: "1.5 GB")


def shown(stream: io.StringIO) -> list[str]:
    progress = Progress(stream)
    progress.epoch_started(1, 2, "stage_1", 1, 3)
    progress.batch_done(100, 0.05)
    progress.record(20, 120, METRICS)
    progress.epoch_ended(METRICS, {"loss": 2.0}, 10.0, 0.05)
    return stream.getvalue().replace("\r\x1b[2K", "\n").strip("\n").splitlines()


def test_terms_come_before_sums_over_passes_and_those_that_are_zero_are_left_out() -> None:
    assert terms(METRICS) == [
        "loss 1.75",
        "attractive 0.75",
        "noise 0.25",
        "regularisation 0.001",
        "distance 0.75",
    ]


def test_on_a_terminal_lines_break_between_terms_and_the_live_line_is_cut_there() -> None:
    live, head, *rest = shown(Terminal())
    assert live.startswith("stage_1 (1/2) epoch 1/3 batch 20/120")
    assert live.endswith("  loss 1.75  1.5 GB")
    assert head == "stage_1 (1/2) epoch 1/3  10.0 s  10 hits/s  1.5 GB"
    assert [line for line in rest if line] == [
        "    train      loss 1.75  attractive 0.75  noise 0.25",
        "               regularisation 0.001  distance 0.75",
        "    validation loss 2",
    ]


def test_a_log_has_one_line_an_epoch_whatever_its_width() -> None:
    (line,) = shown(io.StringIO())
    assert line == (
        "stage_1 (1/2) epoch 1/3  10.0 s  10 hits/s  1.5 GB  "
        "train: loss 1.75  attractive 0.75  noise 0.25  regularisation 0.001  distance 0.75  validation: loss 2"
    )


def test_the_time_left_and_the_metric_that_decides_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([0.0, 0.0, 0.0, 30.0, 30.0])
    monkeypatch.setattr(module.time, "perf_counter", lambda: next(clock))
    stream = io.StringIO()
    progress = Progress(stream)
    progress.epoch_started(1, 1, "stage_1", 2, 8)
    progress.batch_done(100, 0.1)
    progress.batch_done(100, 0.2)
    progress.decides = "validation/loss 0.5"
    progress.epoch_ended({}, {}, 10.0, 0.2)
    assert stream.getvalue() == "stage_1 (1/1) epoch 2/8  10.0 s  20 hits/s  4 min left  validation/loss 0.5  1.5 GB\n"


def test_nothing_is_left_after_the_last_epoch_of_a_stage(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([0.0, 0.0, 10.0, 20.0, 21.0])
    monkeypatch.setattr(module.time, "perf_counter", lambda: next(clock))
    stream = Terminal()
    progress = Progress(stream)
    progress.epoch_started(1, 1, "stage_1", 1, 1)
    progress.batch_done(100, 0.25)
    progress.batch_done(100, 0.5)
    assert progress.left == "20 s left"
    progress.epoch_ended({}, {}, 21.0, 1.0)
    assert "left" not in stream.getvalue()


def test_much_waiting_for_data_is_said() -> None:
    stream = io.StringIO()
    progress = Progress(stream)
    progress.epoch_started(1, 1, "stage_1", 1, 2)
    progress.epoch_ended({}, {}, 1.0, 0.5, 0.029)
    progress.epoch_started(1, 1, "stage_1", 2, 2)
    progress.epoch_ended({}, {}, 1.0, 1.0, 0.25)
    first, second = stream.getvalue().splitlines()
    assert "waiting" not in first
    assert second.endswith("25 % of the time waiting for data")
