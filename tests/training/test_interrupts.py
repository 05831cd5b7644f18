"""One interrupt, at a moment when nothing is half done."""

from __future__ import annotations

import io
import os
import signal
from collections.abc import Iterator

import pytest

from registry.console.signals import SIGNALS
from registry.training import interrupts as module
from registry.training.interrupts import Interrupts
from registry.training.progress import Progress


@pytest.fixture(autouse=True)
def heard() -> Iterator[None]:
    """The signals are not ignored, even where the tests run in the background or under `nohup`."""
    before = {number: signal.signal(number, signal.default_int_handler) for number in SIGNALS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_becomes_an_interrupt(number: signal.Signals) -> None:
    with Interrupts() as interrupts, pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), number)
    assert interrupts.received


def test_what_is_held_is_finished_before_the_interrupt() -> None:
    done = []

    def interrupted(interrupts: Interrupts) -> None:
        with interrupts.held():
            os.kill(os.getpid(), signal.SIGINT)
            done.append("all of it")

    with Interrupts() as interrupts:
        with pytest.raises(KeyboardInterrupt):
            interrupted(interrupts)
        with interrupts.held():
            done.append("nothing is left of the interrupt")
    assert done == ["all of it", "nothing is left of the interrupt"]


class Interrupting(io.StringIO):
    """A stream at whose first writing somebody presses Ctrl-C."""

    pressed = False

    def write(self, text: str) -> int:
        written = super().write(text)
        if not self.pressed:
            self.pressed = True
            os.kill(os.getpid(), signal.SIGINT)
        return written


def test_a_line_in_whose_writing_ctrl_c_is_pressed_is_written_once() -> None:
    stream = Interrupting()
    progress = Progress(stream)
    with Interrupts() as interrupts:
        progress.held = interrupts.held
        with pytest.raises(KeyboardInterrupt):
            progress.line("the second epoch")
        progress.line("saved")
    assert stream.getvalue() == "the second epoch\nsaved\n"


def test_a_second_signal_does_not_stop_the_saving(capfd: pytest.CaptureFixture[str]) -> None:
    with Interrupts():
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)
    assert "please wait" in capfd.readouterr().err


@pytest.mark.parametrize(("number", "leaves"), [(signal.SIGINT, [130]), (signal.SIGTERM, [])])
def test_a_second_ctrl_c_after_a_while_ends_the_process(
    number: signal.Signals, leaves: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    left: list[int] = []
    monkeypatch.setattr(module, "APART", 0.0)
    monkeypatch.setattr(os, "_exit", left.append)
    with Interrupts():
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), number)
    assert left == leaves


def test_a_run_that_is_being_closed_is_not_interrupted(capfd: pytest.CaptureFixture[str]) -> None:
    with Interrupts() as interrupts:
        interrupts.close()
        os.kill(os.getpid(), signal.SIGTERM)
    assert not interrupts.received
    assert "please wait" in capfd.readouterr().err


def test_a_signal_that_is_ignored_stays_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with Interrupts():
            os.kill(os.getpid(), signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)


def test_the_handlers_are_put_back() -> None:
    before = [signal.getsignal(number) for number in SIGNALS]
    with Interrupts():
        assert [signal.getsignal(number) for number in SIGNALS] != before
    assert [signal.getsignal(number) for number in SIGNALS] == before
