"""Plugins that import TensorFlow when they are loaded: each check waits for that."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from registry.contract.errors import Origin, Problems
from registry.contract.failures import shown

HEAVY = ("tensorflow", "keras", "torch")
"""Packages that take seconds to import."""

HINT = "import it where it is used: in the function, or in the file of the layer, which checks do not import"


@contextmanager
def told(plugin: str, file: Callable[[], Path | None], asked: Origin | None, problems: Problems) -> Iterator[None]:
    """Warn of a plugin that is imported meanwhile, and brings such a package in; `file` returns where it is."""
    before = [name for name in HEAVY if name in sys.modules]
    yield
    new = [name for name in HEAVY if name in sys.modules and name not in before]
    if new:
        place, name = _statement(file(), new)
        message = f"plugin {plugin!r} imports {name} when it is loaded: every check waits for that"
        problems.warning(message, place.used_at(asked) if place and asked else place or asked, hint=HINT)


def _statement(file: Path | None, names: list[str]) -> tuple[Origin | None, str]:
    """Return the first import of one of these packages in a file, and which it is."""
    try:
        body = ast.parse(file.read_bytes()).body if file else []
    except (OSError, SyntaxError, ValueError):
        body = []
    for node in body:
        imported = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        imported += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        found = next((name for name in imported if name.partition(".")[0] in names), "")
        if found and file:
            return Origin(shown(str(file)), node.lineno, node.col_offset + 1), found.partition(".")[0]
    return None, names[0]
