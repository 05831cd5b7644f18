"""Dependencies point one way, and what only declares imports nothing heavy."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

RANKS = {
    "registry.contract.errors": 0,
    "registry.contract.axes": 0,
    "registry.language": 1,
    "registry.contract.block": 1,
    "registry.wiring": 2,
    "registry.drawing": 3,
    "registry.compiling": 3,
    "registry.training": 4,
    "registry.tracking": 4,
}
"""The rooms of the engine, lowest first; every other module of `registry` itself is a command or a contract."""

COMMANDS = ("train", "check", "render", "plan", "diff", "schema", "blocks")


def modules(folder: str) -> list[Path]:
    return sorted(path for path in (ROOT / folder).rglob("*.py"))


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imports(path: Path) -> set[str]:
    """Return the modules a file imports anywhere, those under TYPE_CHECKING excepted."""
    found: set[str] = set()

    def visit(node: ast.AST) -> None:
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            return
        if isinstance(node, ast.Import):
            found.update(item.name for item in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
        for child in ast.iter_child_nodes(node):
            visit(child)

    visit(ast.parse(path.read_text(encoding="utf-8")))
    return found


def rank(name: str) -> int | None:
    return next((value for prefix, value in RANKS.items() if name == prefix or name.startswith(f"{prefix}.")), None)


def test_a_room_imports_only_rooms_below_it_or_beside_it() -> None:
    wrong = []
    for path in modules("registry"):
        own = rank(name_of(path))
        for imported in imports(path):
            other = rank(imported)
            if own is not None and other is not None and other > own:
                wrong.append(f"{name_of(path)} imports {imported}")
    assert wrong == []


def test_no_room_imports_a_command() -> None:
    commands = {f"registry.{name}" for name in COMMANDS}
    wrong = [
        f"{name_of(path)} imports {imported}"
        for path in modules("registry")
        if name_of(path).count(".") > 1
        for imported in imports(path) & commands
    ]
    assert wrong == []


def test_the_engine_knows_no_plugin() -> None:
    wrong = [
        f"{name_of(path)} imports {imported}"
        for path in modules("registry")
        for imported in imports(path)
        if imported.split(".")[0] in ("plugins", "benchmarks", "tests")
    ]
    assert wrong == []


@pytest.mark.parametrize("heavy", ["tensorflow", "keras", "mlflow"])
def test_what_only_declares_imports_nothing_heavy(heavy: str) -> None:
    declaring = [name_of(path) for room in ("language", "wiring", "drawing") for path in modules(f"registry/{room}")]
    declaring += [name_of(path) for path in (ROOT / "plugins").glob("*/block.py")]
    declaring += [f"registry.{name}" for name in COMMANDS if (ROOT / "registry" / f"{name}.py").exists()]
    program = f"import sys, {', '.join(declaring)}\nprint({heavy!r} in sys.modules)"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "False"
