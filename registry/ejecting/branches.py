"""Decides comparisons whose outcome is known where a script stands alone, such as which kernels there are."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from registry.ejecting.source import SourceModule, read_module


def branches_left_out(source: SourceModule, node: ast.AST) -> Iterator[tuple[int, int]]:
    """Yield the parts of a definition that do not run in a script of its own, and the indentation of what does."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.If) and (outcome := _outcome(source, inner.test)) is not None:
            kept = inner.body if outcome else inner.orelse
            first, last = source.starts[inner.lineno - 1], source.starts[inner.end_lineno or inner.lineno]
            if not kept:
                yield first, last
                continue
            start, end = source.starts[kept[0].lineno - 1], source.starts[kept[-1].end_lineno or kept[-1].lineno]
            yield first, start
            if end < last:
                yield end, last
            deeper = kept[0].col_offset - inner.col_offset
            for line in range(kept[0].lineno, (kept[-1].end_lineno or kept[-1].lineno) + 1):
                place = source.starts[line - 1]
                if source.text[place : place + deeper].isspace():
                    yield place, place + deeper


def _outcome(source: SourceModule, test: ast.expr) -> bool | None:
    """Return whether a comparison holds; None if that is decided when the script runs."""
    if not isinstance(test, ast.Compare) or len(test.ops) != 1 or not isinstance(test.ops[0], ast.Eq | ast.NotEq):
        return None
    call, (other,) = test.left, test.comparators
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name) or not isinstance(other, ast.Constant):
        return None
    imported = source.imports.get(call.func.id)
    constants = read_module(imported.module).constants() if imported and _readable(imported.module) else {}
    if call.func.id not in constants:
        return None
    return (constants[call.func.id] == other.value) == isinstance(test.ops[0], ast.Eq)


def _readable(module: str) -> bool:
    try:
        read_module(module)
    except Exception:
        return False
    return True
