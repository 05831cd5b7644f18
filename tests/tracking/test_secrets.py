"""What came from the environment is logged and shown by its name, and addresses have no passwords."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import pytest

from registry import check, plan, render
from registry.compiling.carried_read_out import SECTION
from registry.console.command import run_command
from registry.contract.errors import Problems
from registry.contract.tracker import RunInfo
from registry.diff import main as diff
from registry.tracking.describe import run_info
from registry.training.read_out import chosen_read_out
from registry.wiring.checked_graph import CheckedGraph
from registry.wiring.fingerprints import fingerprints
from registry.wiring.opening import open_graph
from registry.wiring.stages import check_options

TOKEN, PASSWORD, IN_FILE = "zq7-hidden-token", "pw9!", "written-in-clear"

PLUGIN = '''
"""A loader that reads from a server."""

from registry import BlockParams, Loader, Port, hookimpl, param


class Remote(Loader):
    """Reads events from a server."""

    name = "remote"
    outputs = (
        Port("features", "hits 3"),
        Port("truth", "hits 1"),
        Port("row_splits", "events+1 -> hits", dtype="int32"),
    )

    class Params(BlockParams):
        address: str = param(..., "where")
        headers: dict[str, str] = param({}, "of the request")
        mirrors: list[str] = param([], "other places")
        sample: str = param("", "which events")

    def open(self, seed):
        raise NotImplementedError


@hookimpl
def register_blocks():
    return [Remote]
'''

GRAPH = """
name: secret
config: options.yaml
plugins: remote.py
blocks:
  event:
    use: remote
    with:
      address: "https://me:${env:SITE_PASSWORD}@host/events?token=${Data.token}"
      headers: {Authorization: "Bearer ${env:API_TOKEN}"}
      mirrors: ["https://me:written-in-clear@mirror/x?api_key=written-in-clear&n=1"]
      sample: "${env:SAMPLE}"
  dense: {use: dense_loop, in: event.features, with: {units: [4]}}
outputs: {dense: dense}
"""

OPTIONS = """
General: {description-string: "run with ${env:API_TOKEN}"}
Data: {token: "${env:API_TOKEN}"}
Training: [{batch_size: 10, learning_rate: 1.0e-3, epochs: 1}]
"""


@pytest.fixture
def graph(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "remote.py").write_text(PLUGIN)
    (tmp_path / "options.yaml").write_text(OPTIONS)
    file = tmp_path / "graph.yaml"
    file.write_text(GRAPH)
    monkeypatch.setenv("SITE_PASSWORD", PASSWORD)
    monkeypatch.setenv("API_TOKEN", TOKEN)
    monkeypatch.setenv("SAMPLE", "s7")
    monkeypatch.chdir(tmp_path)
    return file


def information(checked: CheckedGraph, *command: str) -> RunInfo:
    options = check_options(checked, Problems())
    assert options is not None
    return run_info(checked, options, ["python", "-m", "registry.train", *command])


def without_secrets(text: str) -> bool:
    return not any(secret in text for secret in (TOKEN, PASSWORD, IN_FILE))


def test_nothing_that_is_recorded_of_a_run_has_a_secret(graph: Path) -> None:
    typed = ["graph.yaml", "--set", f"Data.password={IN_FILE}", "--set", f"Data.token={TOKEN}"]
    found = information(open_graph(str(graph)), *typed, "--set", f"Data.url=https://a:{IN_FILE}@b/c")
    parts = {"command": found.command, "description": found.description}
    for name, text in {**parts, **found.parameters, **found.tags, **found.texts}.items():
        # The plugin is kept as it is: it is code, and none of the secrets stands in it.
        assert without_secrets(text), name
    assert found.description == "run with ${env:API_TOKEN}"


def test_what_is_recorded_names_the_variables(graph: Path) -> None:
    found = information(open_graph(str(graph)))
    assert found.parameters["event.address"] == "https://me:***@host/events?token=***"
    assert found.parameters["event.headers.Authorization"] == "Bearer ${env:API_TOKEN}"
    assert found.parameters["event.sample"] == "${env:SAMPLE}"
    assert found.parameters["Data.token"] == "${env:API_TOKEN}"
    assert "token: ${env:API_TOKEN}" in found.texts["graph/config.yaml"]
    assert "Bearer ${env:API_TOKEN}" in found.texts["graph/expanded.yaml"]
    assert "mirror/x?api_key=***&n=1" in found.texts["source/graph.yaml"]


def test_a_default_is_recorded_as_what_it_is(graph: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    graph.write_text(GRAPH.replace("${env:SAMPLE}", "${env:SAMPLE:third}"))
    monkeypatch.delenv("SAMPLE")
    assert information(open_graph(str(graph))).parameters["event.sample"] == "third"


@pytest.mark.parametrize(
    "command",
    [
        lambda name: check.main([name]),
        lambda name: plan.main([name]),
        lambda name: plan.main([name, "--json"]),
        lambda name: diff([name, "other.yaml"]),
        lambda name: render.main([name, "-o", "graph.svg"]),
        lambda name: render.main([name, "-o", "graph.html"]),
        lambda name: render.main([name, "-o", "graph.mmd"]),
        lambda name: render.main([name, "-o", "graph.dot"]),
    ],
)
def test_no_command_shows_a_secret(graph: Path, command: Callable[[str], int]) -> None:
    changed = GRAPH.replace("${env:SITE_PASSWORD}", "other").replace("Bearer", "Basic").replace('"${env:SAMPLE}"', "2s")
    Path("other.yaml").write_text(changed)
    output = io.StringIO()
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
        assert run_command(lambda: command("graph.yaml")) in (0, 1)
    drawn = "".join(path.read_text() for path in Path().glob("graph.*") if path.suffix != ".yaml")
    assert output.getvalue()
    assert without_secrets(output.getvalue() + drawn)


def test_no_error_shows_a_secret(graph: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = GRAPH.replace('"Bearer ${env:API_TOKEN}"', "['${env:API_TOKEN}']")
    graph.write_text(text.replace("units: [4]", "units: '${env:SITE_PASSWORD}'"))
    assert run_command(lambda: check.main(["graph.yaml"])) == 2
    said = capsys.readouterr().err
    assert "received '${env:SITE_PASSWORD}' (str)" in said
    assert "received ['${env:API_TOKEN}'] (list)" in said
    assert TOKEN not in said
    assert PASSWORD not in said


def test_the_data_fingerprint_knows_a_text_of_the_environment_by_its_name(
    graph: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = fingerprints(open_graph(str(graph)))
    monkeypatch.setenv("API_TOKEN", "another-token-of-mine")
    monkeypatch.setenv("SITE_PASSWORD", "another")
    assert fingerprints(open_graph(str(graph))) == before
    graph.write_text(GRAPH.replace("${env:SAMPLE}", "${env:API_TOKEN}"))
    assert fingerprints(open_graph(str(graph))).data != before.data


def test_what_a_network_computes_counts_by_its_value(graph: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    graph.write_text(GRAPH.replace("{units: [4]}", "{units: [4], activation: '${env:ACTIVATION}'}"))
    monkeypatch.setenv("ACTIVATION", "relu")
    before = fingerprints(open_graph(str(graph)))
    monkeypatch.setenv("ACTIVATION", "tanh")
    assert fingerprints(open_graph(str(graph))).architecture != before.architecture


def test_the_name_of_an_experiment_has_no_secret_but_may_come_from_the_environment(
    graph: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GROUP_NAME", "calorimetry-group")
    sets = ["General.experiment=${env:GROUP_NAME} ${env:API_TOKEN}"]
    found = run_of(graph, sets)
    assert found.experiment == "calorimetry-group ${env:API_TOKEN}"


def run_of(graph: Path, sets: list[str]) -> RunInfo:
    return information(open_graph(str(graph), sets=sets))


@pytest.mark.parametrize(
    "written",
    [
        f"http://me:{IN_FILE}@host/x.npz",
        f"http://{IN_FILE * 2}@host/x.npz",
        f"http://host/x.npz?n=1&api_key={IN_FILE}&m=2",
    ],
)
def test_the_line_that_an_error_shows_has_no_password_and_its_place_is_marked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], written: str
) -> None:
    line = f"  event: {{use: arrays, with: {{file: '{written}', fiel: 1}}}}"
    (tmp_path / "graph.yaml").write_text(f"blocks:\n{line}\n")
    assert run_command(lambda: check.main([str(tmp_path / "graph.yaml")])) == 2
    said = capsys.readouterr().err
    assert IN_FILE not in said
    pairs = [pair for pair in pairwise(said.splitlines()) if "fiel: 1" in pair[0] and "^" in pair[1]]
    assert any(shown[caret.index("^") :].startswith("fiel") for shown, caret in pairs)


def test_a_model_s_file_names_the_variable_and_keeps_the_names_of_blocks(
    graph: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MATCHER", "iou")
    evaluation = "Evaluation:\n  samples: ['of ${env:API_TOKEN}', b]\n  matcher: {use: '${env:MATCHER}'}\n"
    (graph.parent / "read.yaml").write_text(
        "config: evaluation.yaml\nblocks:\n  event: {use: showers}\n"
        "  heads: {use: output_heads, in: event.features}\noutputs: {beta: heads.beta, ccoords: heads.ccoords}\n"
    )
    (graph.parent / "evaluation.yaml").write_text(evaluation)
    run: Any = SimpleNamespace(checked=open_graph(str(graph.parent / "read.yaml")), progress=Mock())
    section = chosen_read_out(run, tuned=False)[SECTION]
    assert section == {"samples": ["of ${env:API_TOKEN}", "b"], "matcher": {"use": "iou"}}
