"""A check is answered as before only while nothing that it looked at has changed."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from registry import check
from registry.console import answered
from registry.contract.errors import InputError
from registry.contract.remembered import VARIABLE

GRAPH = """
config: options.yaml
blocks:
  event: {use: showers, with: {train_events: 1}}
  x: {use: concatenate, in: [event.features]}
  dense: {use: dense_loop, in: x, with: {units: ["${Width.units}"]}}
outputs: {x: dense}
"""
WITH_PLUGIN = GRAPH.replace("config:", "plugins: [mine.py]\nconfig:")
OF_KERAS = GRAPH.replace('dense_loop, in: x, with: {units: ["${Width.units}"]}', "keras.Dense, in: x, with: {units: 4}")
PLUGIN = """
from registry import Block, hookimpl
@hookimpl
def register_blocks():
    return []
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a graph, its options, and a cache that holds files for settled whenever they were changed."""
    (tmp_path / "graph.yaml").write_text(GRAPH)
    (tmp_path / "options.yaml").write_text("Width: {units: 64}\n")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.setenv(VARIABLE, str(tmp_path / "cache"))
    monkeypatch.setattr(answered, "SETTLED", -(10**15))
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "2")  # the first check sets it
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def ask(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Type the command; return what it prints, and whether anything was checked."""

    def asked(*arguments: str) -> str:
        monkeypatch.setattr(sys, "argv", ["check.py", *arguments])
        try:
            check.main()
        except InputError as error:
            return str(error)
        return capsys.readouterr().out

    return asked


@pytest.fixture
def checks(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """One entry for every time that something was checked."""
    made: list[int] = []
    whole = check._checked

    def counted(*arguments: object) -> str:
        made.append(1)
        return whole(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(check, "_checked", counted)
    return made


def test_a_check_that_is_repeated_is_answered_as_before(
    folder: Path, ask: Callable[..., str], checks: list[int]
) -> None:
    first = ask("graph.yaml")
    assert "trainable weights" in first
    assert ask("graph.yaml") == ask("graph.yaml") == first
    assert len(checks) == 1


def test_the_command_is_answered_under_both_of_its_names(
    folder: Path, checks: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["registry", "check", "graph.yaml"])
    check.main(["graph.yaml"])
    check.main(["graph.yaml"])
    check.main(["graph.yaml", "--wires"])
    assert len(checks) == 2


def _misspell_the_graph(folder: Path) -> None:
    (folder / "graph.yaml").write_text(GRAPH.replace("dense_loop", "dense_lop"))


def _edit_the_options(folder: Path) -> None:
    (folder / "options.yaml").write_text("Width: {units: -1}\n")


def _remove_the_options(folder: Path) -> None:
    (folder / "options.yaml").unlink()


def _edit_the_options_with_an_old_date(folder: Path) -> None:
    (folder / "options.yaml").write_text("Width: {units: -4}\n")
    os.utime(folder / "options.yaml", (1, 1))


def _put_another_file_of_that_size_and_date_in_place(folder: Path) -> None:
    (folder / "new").write_text("Width: {units: xx}\n")
    os.utime(folder / "new", ns=(0, (folder / "options.yaml").stat().st_mtime_ns))
    (folder / "new").replace(folder / "options.yaml")


CHANGES: tuple[Callable[[Path], None], ...] = (
    _misspell_the_graph,
    _edit_the_options,
    _remove_the_options,
    _edit_the_options_with_an_old_date,
    _put_another_file_of_that_size_and_date_in_place,
)


@pytest.mark.parametrize("change", CHANGES)
def test_what_has_become_wrong_is_found(folder: Path, ask: Callable[..., str], change: Callable[[Path], None]) -> None:
    assert "trainable weights" in ask("graph.yaml")
    change(folder)
    assert "trainable weights" not in ask("graph.yaml")


def test_options_that_appear_where_they_were_looked_for_first_are_read(folder: Path, ask: Callable[..., str]) -> None:
    (folder / "graph.yaml").rename(folder / "elsewhere" / "graph.yaml")
    assert "trainable weights" in ask("elsewhere/graph.yaml")
    (folder / "elsewhere" / "options.yaml").write_text("Width: {units: -1}\n")
    assert "trainable weights" not in ask("elsewhere/graph.yaml")


def test_another_environment_asks_anew(folder: Path, ask: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "options.yaml").write_text("Width: {units: '${env:WIDTH:64}'}\n")
    before = ask("graph.yaml")
    monkeypatch.setenv("WIDTH", "32")
    assert ask("graph.yaml") not in (before, "")
    monkeypatch.setenv("REGISTRY_KERNELS", "cuda")
    assert "REGISTRY_KERNELS" in ask("graph.yaml")


def test_other_arguments_and_another_folder_ask_anew(
    folder: Path, ask: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = ask("graph.yaml")
    assert ask("graph.yaml", "--set", "Width.units=32") not in (before, "")
    monkeypatch.chdir(folder / "elsewhere")
    assert "does not exist" in ask("graph.yaml")


@pytest.mark.parametrize("text", [WITH_PLUGIN, OF_KERAS], ids=["a plugin", "a layer of Keras"])
def test_nothing_is_kept_where_more_may_have_been_looked_at(
    folder: Path, ask: Callable[..., str], checks: list[int], text: str
) -> None:
    (folder / "mine.py").write_text(PLUGIN)
    (folder / "graph.yaml").write_text(text)
    ask("graph.yaml")
    ask("graph.yaml")
    assert len(checks) == 2


def test_a_graph_that_is_wrong_is_checked_each_time(folder: Path, ask: Callable[..., str], checks: list[int]) -> None:
    (folder / "options.yaml").write_text("Width: {units: -1}\n")
    assert ask("graph.yaml") == ask("graph.yaml")
    assert len(checks) == 2


def test_what_was_changed_just_now_is_checked_again(
    folder: Path, ask: Callable[..., str], checks: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answered, "SETTLED", 3600 * 10**9)
    assert ask("graph.yaml") == ask("graph.yaml")
    assert len(checks) == 2


def test_in_a_program_every_check_is_made(folder: Path, checks: list[int], capsys: pytest.CaptureFixture[str]) -> None:
    check.main(["graph.yaml"])
    check.main(["graph.yaml"])
    assert len(checks) == 2
