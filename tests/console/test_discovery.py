"""Commands are found by themselves: the modules of the package, and entry points of others."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from registry.__main__ import completion, main, page
from registry.console.discovery import commands
from registry.contract.errors import InputError

ROOT = Path(__file__).resolve().parents[2]
MODULES = {path.stem for path in (ROOT / "registry").glob("[!_]*.py")}

COMMAND = '''"""`python -m hello_command`: says hello."""

import argparse


def main(arguments=None):
    print("hello", *parser().parse_args(arguments).names)
    return 3


def parser():
    made = argparse.ArgumentParser(prog="hello")
    made.add_argument("names", nargs="*")
    made.add_argument("--loudly", action="store_true")
    return made
'''


@pytest.fixture
def other_package(tmp_path: Path) -> dict[str, str]:
    """An environment in which another package brings the command `hello`."""
    (tmp_path / "hello_command.py").write_text(COMMAND)
    facts = tmp_path / "hello-1.0.dist-info"
    facts.mkdir()
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: hello\nVersion: 1.0\n")
    (facts / "entry_points.txt").write_text("[registry.commands]\nhello = hello_command\n")
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])}


def run(*arguments: str, environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "registry", *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=environment, cwd=ROOT)


def test_every_module_is_a_command_with_a_summary() -> None:
    assert set(commands()) >= MODULES
    assert all(commands()[name].summary for name in MODULES)


def test_without_a_command_all_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    said = capsys.readouterr().out
    assert all(f"  {name} " in said for name in MODULES)


def test_a_command_has_the_exit_status_and_the_words_it_has_by_itself() -> None:
    arguments = ["check", "graphs/none_of_this_name.yaml"]
    directly = subprocess.run(
        [sys.executable, "-m", "registry.check", *arguments[1:]], capture_output=True, text=True, cwd=ROOT
    )
    listed = run(*arguments)
    assert (listed.returncode, listed.stdout, listed.stderr) == (2, directly.stdout, directly.stderr)


def test_a_misspelt_command_is_an_error_that_names_the_near_one() -> None:
    with pytest.raises(InputError, match="there is no command 'chek'") as caught:
        main(["chek"])
    assert caught.value.problems[0].hint == "did you mean 'check'?"


def test_an_entry_point_of_another_package_is_a_command(other_package: dict[str, str]) -> None:
    assert "hello   says hello" in run(environment=other_package).stdout
    done = run("hello", "you", environment=other_package)
    assert (done.returncode, done.stdout) == (3, "hello you\n")
    assert "loudly" in run("--print-completion", "bash", environment=other_package).stdout


def test_completion_knows_every_command_and_its_options() -> None:
    script = completion("bash")
    assert all(f"_{name}_" in script for name in MODULES)
    assert "--max-memory" in script


def test_the_list_imports_nothing_heavy() -> None:
    program = (
        "import sys; from registry.__main__ import main; main([]);"
        "print([name for name in ('tensorflow', 'keras', 'mlflow', 'pydantic') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_the_version_is_that_of_the_installed_package() -> None:
    from importlib.metadata import version

    assert run("--version").stdout == f"registry {version('registry')}\n"


@pytest.mark.skipif(sys.version_info[:2] not in ((3, 11), (3, 12)), reason="argparse lays help out otherwise")
def test_the_reference_page_is_current() -> None:
    current = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    assert page() == current, "python -m registry --write docs/commands.md"
