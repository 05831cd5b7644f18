"""Imports of a plugin's files that will fail when its layers are built, by the text of the files."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

from registry.contract.errors import Origin, Problem
from registry.contract.failures import shown
from registry.contract.places import Place
from registry.contract.searching import ENGINE, AmbiguousImport, elsewhere, not_meant, spec_in, working_folder
from registry.loading.sources import Code


def import_faults(code: Code) -> Iterator[Problem]:
    """Yield the imports in a plugin's files that stand for two modules, or that nothing is found for.

    Of the latter those that are made in any case: not inside a function, `if` or `try`.
    """
    for file, root in code.files.items():
        if code.place is None or root != code.place.folder or file.suffix != ".py":
            continue
        try:
            tree = ast.parse(code.contents()[code.name(file)])
        except (SyntaxError, ValueError):
            continue
        for node in ast.walk(tree):
            found = [_fault(name, names, code.place, node in tree.body) for name, names in _imported(node)]
            if isinstance(node, ast.ImportFrom) and node.level and node in tree.body:
                found.append(_relative_fault(node, file, code.place))
            for message in filter(None, found):
                yield Problem(f"plugin {code.plugin!r}: {message}", _place(file, node))


def _imported(node: ast.AST) -> Iterator[tuple[str, list[str]]]:
    """Yield the modules that a statement imports by their own names, and what is taken from each."""
    if isinstance(node, ast.Import):
        yield from ((alias.name, []) for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
        yield node.module, [alias.name for alias in node.names]


def _fault(name: str, names: list[str], place: Place, always: bool) -> str:
    first = name.partition(".")[0]
    try:
        if first == ENGINE or place.module_name(name, names):
            return ""
    except AmbiguousImport as error:
        return str(error)
    if not always or first in sys.stdlib_module_names or elsewhere(first) is not None:
        return ""
    here = working_folder()
    near = spec_in(here, name, names) if here else None
    if here and near:
        return not_meant(name, place.folder, near, here)
    missing = f"there is no module {name!r}, neither beside the plugin (in {place.folder}) nor installed"
    return "" if first in sys.modules else missing


def _relative_fault(node: ast.ImportFrom, file: Path, place: Place) -> str:
    """Return what is wrong with an import of the form `from .name import names`."""
    written = f"{'.' * node.level}{node.module or ''}"
    if node.level > len(file.relative_to(place.folder).parts):
        return (
            f"`from {written} import ...` leads out of the plugin's folder, {place.folder}: expected a module in it; "
            "put what is imported there, or name the folder above, with an __init__.py, as the plugin"
        )
    base = file.parents[node.level - 1]
    if node.module:
        missing = [] if spec_in(base, node.module, [alias.name for alias in node.names]) else [node.module]
    elif (base / "__init__.py").is_file():
        missing = []
    else:
        missing = [alias.name for alias in node.names if alias.name != "*" and spec_in(base, alias.name) is None]
    return f"there is no module {missing[0]!r} in {base}, for `from {written} import ...`" if missing else ""


def _place(file: Path, node: ast.AST) -> Origin:
    return Origin(shown(str(file)), getattr(node, "lineno", 1), getattr(node, "col_offset", 0) + 1)
