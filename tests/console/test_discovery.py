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
    return with_package(tmp_path, "hello", "[registry.commands]\nhello = hello_command\n", hello_command=COMMAND)


def with_package(folder: Path, name: str, entry_points: str, **modules: str) -> dict[str, str]:
    """An environment in which another package has these modules and entry points."""
    for module, text in modules.items():
        (folder / f"{module}.py").write_text(text)
    facts = folder / f"{name}-1.0.dist-info"
    facts.mkdir()
    (facts / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (facts / "entry_points.txt").write_text(entry_points)
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")])}


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
    assert "hello says hello" in " ".join(run(environment=other_package).stdout.split())
    done = run("hello", "you", environment=other_package)
    assert (done.returncode, done.stdout) == (3, "hello you\n")
    assert "loudly" in run("--print-completion", "bash", environment=other_package).stdout


@pytest.fixture
def broken_package(tmp_path: Path) -> dict[str, str]:
    """An environment in which one command of another package works, and three cannot be imported."""
    (tmp_path / "broken_parent").mkdir()
    (tmp_path / "broken_parent" / "__init__.py").write_text("raise RuntimeError('no licence')\n")
    (tmp_path / "broken_parent" / "inner.py").write_text("")
    points = (
        "[registry.commands]\nhello = hello_command\nbad = bad_command\nchild = broken_parent.inner\nlost = nowhere\n"
    )
    bad = '"""`registry bad`: fails."""\n1 / 0\n'
    return with_package(tmp_path, "broken", points, hello_command=COMMAND, bad_command=bad)


def test_a_command_that_cannot_be_imported_is_listed_with_the_reason_among_the_others(
    broken_package: dict[str, str],
) -> None:
    listed = run(environment=broken_package)
    assert (listed.returncode, listed.stderr) == (0, "")
    said = " ".join(listed.stdout.split())
    assert "child cannot be imported: RuntimeError: no licence" in said
    assert "lost cannot be imported: ModuleNotFoundError: No module named 'nowhere'" in said
    assert "hello says hello" in said


def test_a_command_that_cannot_be_imported_leaves_the_completion_of_the_others(broken_package: dict[str, str]) -> None:
    script = run("--print-completion", "bash", environment=broken_package)
    assert (script.returncode, script.stderr) == (0, "")
    assert "--loudly" in script.stdout


@pytest.mark.parametrize(
    ("name", "module", "reason"),
    [
        ("bad", "bad_command", "ZeroDivisionError: division by zero"),
        ("child", "broken_parent.inner", "RuntimeError: no licence"),
        ("lost", "nowhere", "ModuleNotFoundError: No module named 'nowhere'"),
    ],
)
def test_calling_a_command_that_cannot_be_imported_is_one_line(
    name: str, module: str, reason: str, broken_package: dict[str, str]
) -> None:
    done = run(name, environment=broken_package)
    said = f"error: command {name!r} ({module}) cannot be imported: {reason}\n"
    assert (done.returncode, done.stdout, done.stderr) == (1, "", said)


def test_two_commands_of_one_name_are_named_and_the_others_work(tmp_path: Path) -> None:
    points = "[registry.commands]\ncheck = hello_command\nhello = hello_command\n"
    environment = with_package(tmp_path, "second", points, hello_command=COMMAND)
    third = with_package(tmp_path, "third", "[registry.commands]\nhello = other_command\n", other_command=COMMAND)
    listed = run(environment=third)
    assert listed.returncode == 0
    assert "'check' of the entry points 'registry.commands' stands for two modules" in listed.stderr
    assert "registry.check and hello_command of the package 'second'" in listed.stderr
    called = run("hello", environment=environment)
    assert (called.returncode, called.stdout) == (2, "")
    assert "'hello' of the entry points 'registry.commands' stands for two modules" in called.stderr
    assert run("check", "builtin:gravnet.yaml", environment=environment).returncode == 0


def test_completion_offers_files_where_a_file_is_expected() -> None:
    lines = completion("bash").splitlines()
    for name in ("check_pos_0", "check___config", "check___plugin", "render__o", "render___output"):
        assert f"_shtab_registry_{name}_COMPGEN=_shtab_compgen_files" in lines
    for name in ("train___resume", "diff_pos_0", "diff_pos_1", "diff___render", "__write"):
        assert f"_shtab_registry_{name}_COMPGEN=_shtab_compgen_files" in lines


def test_completion_offers_what_stands_in_place_of_a_command() -> None:
    options = next(
        line for line in completion("bash").splitlines() if line.startswith("_shtab_registry_option_strings")
    )
    assert "--version" in options
    assert "--print-completion" in options


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
