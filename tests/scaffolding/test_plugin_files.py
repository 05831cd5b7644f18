"""`python -m registry.new KIND NAME` writes plugins that are what was asked for, and clean."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from registry import InputError
from registry.loading.blocks import load_registry
from registry.new import main
from registry.scaffolding.templates import kinds
from tests.docs.blocks import blocks

ROOT = Path(__file__).resolve().parents[2]
BOTH = ["--in", "x: hits features", "--in", "e: hits 1 [GeV] # energy", "--in", "row_splits: events+1 -> hits"]
BOTH += ["--out", "y: hits {units}", "--out", "s: hits features", "--out", "b: hits", "--out", "n: hits 2"]
BOTH += ["--out", "row_splits: events+1 -> hits"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A plugin of every kind, a layer with many ports, and one without parameters."""
    made = tmp_path_factory.mktemp("new")
    for kind in kinds():
        assert main([kind, f"my_groups_long_{kind}", "--folder", str(made)]) == 0
    assert main(["layer", "both", *BOTH, "--folder", str(made)]) == 0
    assert main(["layer", "packed", *BOTH, "--package", "--folder", str(made)]) == 0
    assert main(["layer", "gain", "--out", "y: hits features", "--folder", str(made)]) == 0
    return made


def test_every_plugin_is_clean_by_ruff(folder: Path) -> None:
    rules = ["--isolated", "--line-length", "120", "--exclude", "packed"]
    for place, options in ((folder, rules), (folder / "packed", [])):  # a package has rules of its own
        for command in (["check", "--select", "E,F,W,I,B,UP,SIM,RUF,PT,C4,PIE,RET"], ["format", "--check"]):
            ruff = [sys.executable, "-m", "ruff", *command, *options, "."]
            done = subprocess.run(ruff, cwd=place, capture_output=True, text=True)
            assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.long
def test_every_plugin_is_clean_by_mypy(folder: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "mypy",
        "--strict",
        "--ignore-missing-imports",
        "--follow-imports",
        "silent",
        "--exclude",
        "packed",
        ".",
    ]
    environment = {**os.environ, "MYPYPATH": str(ROOT)}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_ports_are_those_that_were_asked_for(folder: Path) -> None:
    block = load_registry([(str(folder / "both.py"), None)]).blocks["both"]
    ports = [(port.name, port.pattern, port.dtype, port.unit, port.description) for port in block.inputs]
    assert ports[1] == ("e", "hits 1", "float32", "GeV", "energy")
    assert ports[2][:3] == ("row_splits", "events+1 -> hits", "int32")
    assert [port.pattern for port in block.outputs][:4] == ["hits {units}", "hits features", "hits", "hits 2"]
    assert list(block.Params.model_fields) == ["units"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["layer", "Gain"], "'Gain' cannot be the name of a plugin\n  expected small letters"),
        (["layer", "json"], "Python's own library has a module 'json'"),
        (["layer", "numpy"], "an installed package has a module 'numpy'"),
        (["layer", "gravnet"], "there is a block 'gravnet' already, of the plugin 'builtin'"),
        (["layer", "a", "--in", "x hits"], "--in: 'x hits' is no port\n  expected NAME: AXES"),
        (["layer", "a", "--in", "x: hits *f"], "--in 'x: hits *f': pattern 'hits *f': cannot read the axis '*f'"),
        (["layer", "a", "--in", "x: hits f", "--in", "x: hits 1"], "there are two ports 'x'"),
        (["layer", "a", "--in", "lambda: hits f"], "'lambda' cannot be the name of an argument in Python"),
        (["layer", "a", "--out", "y: hits width"], "nothing says how long the axis 'width' of the output 'y' is"),
        (["layer", "a", "--out", "y: kept 4"], "no layer can be written for the output y: kept 4"),
        (["loader", "a", "--out", "y: hits width"], "--out: y: hits width cannot be read"),
        (["monitor", "a", "--in", "splits: events+1 -> hits"], "--in: a monitor without columns of numbers"),
    ],
)
def test_what_cannot_be_is_said(arguments: list[str], message: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        main([*arguments, "--folder", str(tmp_path)])
    assert message in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_kind_whose_ports_are_fixed_takes_none(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["schedule", "a", "--in", "x: hits 1"])
    assert "unrecognized arguments: --in" in capsys.readouterr().err


@pytest.mark.parametrize("kind", kinds())
def test_every_kind_has_a_page_with_an_example_that_is_run(kind: str) -> None:
    page = ROOT / "docs" / "plugins" / f"{kind}.md"
    examples = [code for code in blocks(page) if code.language in ("python", "bash", "yaml")]
    assert any(code.language == "python" for code in examples)
    assert "not run" not in page.read_text(encoding="utf-8")
