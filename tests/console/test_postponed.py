"""A module whose import is postponed is the module once something of it is used."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import sys
from registry.console.postponed import postpone
postpone("importlib.metadata", "entry_points")
import importlib.metadata as whole
from importlib import metadata
from importlib.metadata import entry_points
assert "email" not in sys.modules
{use}
import importlib.metadata
from importlib.metadata._meta import PackageMetadata
assert "email" in sys.modules and sys.modules["importlib.metadata"] is importlib.metadata is not whole
assert whole.version("registry") == importlib.metadata.version("registry")
"""
CHECK = """
import sys
from registry.console.command import run_command
from registry.check import main
assert run_command(lambda: main(["builtin:gravnet.yaml"]), brief=True) == 0
assert not {"email", "socket", "tempfile", "numpy", "networkx", "keras"} & sys.modules.keys()
"""


def _run(program: str) -> None:
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_it_is_imported_when_something_of_it_is_used() -> None:
    _run(PROGRAM.format(use='assert whole.version("registry")'))
    _run(PROGRAM.format(use="from importlib.metadata import version"))
    _run(PROGRAM.format(use="assert entry_points(group='registry.plugins')"))


def test_a_check_imports_neither_what_pydantic_looks_for_plugins_with_nor_anything_heavy() -> None:
    _run(CHECK)
