"""Dependencies point one way, and what only declares imports nothing heavy."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from importlib.metadata import requires
from pathlib import Path

import pytest

from tests.plugins.built_in import built_in_blocks

ROOT = Path(__file__).resolve().parent.parent
ROOMS = sorted(folder.name for folder in (ROOT / "registry").iterdir() if (folder / "__init__.py").is_file())
COMMANDS = sorted(path.stem for path in (ROOT / "registry").glob("[!_]*.py"))


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the package lies as it is installed, the built-in blocks inside it."""
    folder = tmp_path_factory.mktemp("installed")
    skipped = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "registry", folder / "registry", ignore=skipped)
    shutil.copytree(ROOT / "plugins", folder / "registry" / "plugins", ignore=skipped)
    return folder


def test_every_arrow_between_rooms_is_allowed(installed: Path) -> None:
    program = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    command = [sys.executable, "-c", program, "--no-cache", "--config", str(ROOT / ".importlinter")]
    environment = {**os.environ, "PYTHONPATH": str(installed)}
    done = subprocess.run(command, cwd=installed, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_room_stands_in_the_contract_file() -> None:
    text = (ROOT / ".importlinter").read_text(encoding="utf-8")
    assert [room for room in ROOMS if f"registry.{room}\n" not in text and f"registry.{room} |" not in text] == []


def test_no_room_imports_a_command() -> None:
    wrong = [
        f"{path.relative_to(ROOT)} imports registry.{command}"
        for room in (*(ROOT / "registry" / name for name in ROOMS), ROOT / "plugins")
        for path in room.rglob("*.py")
        for command in COMMANDS
        if f"from registry.{command} import" in path.read_text(encoding="utf-8")
    ]
    assert wrong == []


@pytest.mark.parametrize("heavy", ["tensorflow", "keras", "mlflow"])
def test_what_only_declares_imports_nothing_heavy(heavy: str) -> None:
    rooms = ("configuration", "console", "language", "loading", "wiring", "reference", "drawing", "comparing")
    paths = [path for room in rooms for path in sorted((ROOT / "registry" / room).rglob("*.py"))]
    declaring = [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in paths]
    declaring += ["registry", *(f"registry.{name}" for name in COMMANDS)]
    declaring += sorted({block.__module__ for block in built_in_blocks()})
    program = f"import sys, {', '.join(declaring)}\nprint({heavy!r} in sys.modules)"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "False"


def test_what_is_imported_is_declared_and_what_is_declared_is_imported(tmp_path: Path) -> None:
    declared = tmp_path / "requirements.txt"
    declared.write_text("\n".join(line for line in requires("registry") or [] if "extra ==" not in line))
    command = [sys.executable, "-m", "deptry", ".", "--requirements-files", str(declared)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
