"""Every mistake has its message: `cases/<name>` holds the bad input, the command, and what it must say.

After a wording has been changed on purpose: `REGISTRY_REWRITE_MESSAGES=1 python -m pytest tests/errors`, then read the
diff.
"""

from __future__ import annotations

import importlib
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from registry.console.command import run_command

CASES = sorted(path for path in (Path(__file__).parent / "cases").iterdir() if path.is_dir())
WARNINGS_ONLY = {"dead_node"}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_message_and_the_exit_status_are_those_expected(
    case: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(case)
    monkeypatch.delitem(sys.modules, "broken", raising=False)
    command, *arguments = shlex.split((case / "command").read_text())
    main = importlib.import_module(f"registry.{command}").main
    status = run_command(lambda: main(arguments))
    received = capsys.readouterr().err.replace(str(case), "<folder>")
    expected = case / "expected.txt"
    if os.environ.get("REGISTRY_REWRITE_MESSAGES"):
        expected.write_text(received)
    assert received == expected.read_text()
    assert status == (0 if case.name in WARNINGS_ONLY else 2)
    assert "Traceback" not in received


def test_a_bad_graph_is_refused_before_tensorflow_is_imported() -> None:
    program = (
        "import sys; from registry.console.command import run_command; from registry.train import main\n"
        "status = run_command(lambda: main(['graph.yaml']))\n"
        "print(status, sorted({'tensorflow', 'keras', 'mlflow'} & set(sys.modules)))"
    )
    case = Path(__file__).parent / "cases" / "event_larger_than_a_batch"
    result = subprocess.run([sys.executable, "-c", program], cwd=case, capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "2 []"


MISTAKES = """\
descripton: each line but these holds one mistake, and no other follows from it
config: absent.yaml
defaults: {gravnet: {n_neighbours: 0}}
blocks:
  event: {use: showers}
  a: {use: dense_lop, in: event.features, with: {units: [4]}}
  b: {use: dense_loop, in: nowhere, with: {units: [4]}}
  c: {use: dense_loop, in: a, with: {units: [four]}}
  d: {use: dense_loop, in: event.featres, with: {units: [4]}}
  e: {use: dense_loop, in: d, with: {unitz: [4]}}
  f: {use: dense_loop, in: f, with: {units: [4]}}
  g: {repeat: 3, blocks: {dense: {use: dense_loop}}}
  h: {use: dense_loop, in: event.truth_index, with: {units: [4]}}
  i: {use: dense_loop, in: event.features, with: {units: [4], dropout: 1e-1}}
  j: {us: dense_loop, in: g.x, with: {units: [4]}}
outputs: {x: [c], y: e}
"""


def test_all_mistakes_of_a_file_are_shown_at_once_and_each_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from registry.check import main

    monkeypatch.chdir(tmp_path)
    Path("graph.yaml").write_text(MISTAKES)
    assert run_command(lambda: main(["graph.yaml"])) == 2
    shown = capsys.readouterr().err
    lines = [int(line.split(":")[1]) for line in shown.splitlines() if line.startswith("graph.yaml:")]
    assert lines == [1, 2, 3, *range(6, 17)]
    assert shown.endswith("14 errors\n")


def test_options_that_are_wrong_are_shown_beside_a_graph_that_cannot_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from registry.check import main

    monkeypatch.chdir(tmp_path)
    Path("graph.yaml").write_text("blocks: {event: {use: showers}\n")
    Path("options.yaml").write_text("Training: [\n")
    assert run_command(lambda: main(["graph.yaml", "--config", "options.yaml"])) == 2
    shown = [line.split(":")[0] for line in capsys.readouterr().err.splitlines() if "not valid YAML" in line]
    assert shown == ["graph.yaml", "options.yaml"]
