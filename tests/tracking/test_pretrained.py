"""Weights of an included graph that cannot be there are found by the check, without TensorFlow."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from registry.check import main
from registry.console.command import run_command

INNER = """\
blocks:
  event: {use: showers}
  dense: {use: dense_loop, in: event.features, with: {units: [4]}}
outputs: {x: dense}
"""
OUTER = """\
blocks:
  event: {use: showers}
  inner:
    graph: inner.yaml
    in: event
    weights: WEIGHTS
outputs: {x: inner.x}
"""


def said_of(weights: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], folder: Path) -> str:
    """Return what the check says of a graph that includes another one with these weights."""
    monkeypatch.chdir(folder)
    Path("inner.yaml").write_text(INNER)
    Path("outer.yaml").write_text(OUTER.replace("WEIGHTS", weights))
    status = run_command(lambda: main(["outer.yaml"]))
    said = capsys.readouterr().err
    assert (status == 2) == ("cannot be read" in said), said
    return said


@pytest.mark.parametrize(
    ("weights", "content", "fragment"),
    [
        ("modl.keras", None, "there is no such file"),
        ("modl.keras", None, "did you mean 'model.keras'?"),
        ("empty.h5", b"", "the file is empty"),
        ("text.keras", b"no archive", "it is no .keras file"),
        ("model.txt", b"text", "received a .txt file"),
        (".", None, "received a folder"),
        ("run:nosuchrun", None, "no runs are kept here"),
    ],
)
def test_weights_that_cannot_be_read_are_named_at_their_place(
    weights: str,
    content: bytes | None,
    fragment: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    (tmp_path / "model.keras").write_bytes(b"PK\x03\x04")
    if content is not None:
        (tmp_path / weights).write_bytes(content)
    said = said_of(weights, monkeypatch, capsys, tmp_path)
    assert said.startswith("outer.yaml:6:14: inner: weights "), said
    assert fragment in said


def test_weights_that_may_be_right_are_not_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "model.keras").write_bytes(b"PK\x03\x04")
    assert said_of("model.keras", monkeypatch, capsys, tmp_path) == ""


def test_a_run_on_a_server_is_not_looked_for_and_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    before = "mlflow" in sys.modules
    said = said_of("run:abc", monkeypatch, capsys, tmp_path)
    assert "outer.yaml:6:14: warning: inner: weights 'run:abc': not looked for yet" in said
    assert ("mlflow" in sys.modules) == before


def test_a_frozen_graph_without_weights_is_refused_before_it_is_compiled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from registry.train import main as train

    monkeypatch.chdir(tmp_path)
    Path("inner.yaml").write_text(INNER)
    Path("outer.yaml").write_text(OUTER.replace("weights: WEIGHTS", "trainable: false"))
    before = "tensorflow" in sys.modules
    assert run_command(lambda: train(["outer.yaml"])) == 2
    said = capsys.readouterr().err
    assert "inner: the included graph is frozen, but 1 of its nodes have weights and no source of them is named" in said
    assert ("tensorflow" in sys.modules) == before
