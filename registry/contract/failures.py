"""Calls what authors of plugins wrote, and says of what fails where it is written, and what was expected."""

from __future__ import annotations

import ast
import inspect
import os
import sysconfig
import traceback
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from registry.contract.errors import Origin, Problem, Problems

Result = TypeVar("Result")

FAILURES = (Exception, SystemExit)
"""What code of others may raise: a script without a guard may even end the interpreter."""

ENGINE = Path(__file__).resolve().parents[1]
"""The folder of the engine; installed, it holds the built-in plugins too."""

_INSTALLED = ("site-packages", "dist-packages")
"""Folders of installed packages."""

_STANDARD = Path(sysconfig.get_path("stdlib")).resolve()
"""The standard library."""


class PluginFault(Exception):
    """What a plugin's code did wrong, as a Problem without a node."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem

    def report(self, problems: Problems, place: Origin, node: str = "") -> None:
        """Report it at the author's line, as used at a place; at the place if it is at none."""
        found = self.problem
        problems.error(found.message, found.origin.used_at(place) if found.origin else place, node, found.hint)


def call(
    subject: str, what: str, function: Callable[[], Result], expected: str, allowed: tuple[type[Exception], ...] = ()
) -> Result:
    """Return what an author's function returns.

    `subject`: what it belongs to, "block 'scale'"; `what`: the function as the author knows it, "weights()";
    `expected`: what it is to return. Exceptions of the types `allowed` are the function's answer and pass. Raises
    PluginFault for every other one, SystemExit included.
    """
    try:
        return function()
    except allowed:
        raise
    except PluginFault:
        raise
    except FAILURES as error:
        raise PluginFault(failure(f"{subject}: {what} raised {said(error)}", error, f"expected {expected}")) from error


def wrong_result(subject: str, function: Any, what: str, result: object, expected: str) -> PluginFault:
    """Return the fault of a function that returned something else than expected."""
    return PluginFault(
        Problem(f"{subject}: {what} returned {received(result)}", function_place(function), hint=f"expected {expected}")
    )


def failure(message: str, error: BaseException, expected: str = "") -> Problem:
    """Return the problem of an exception in an author's code: its place is the line that raised it."""
    frames = _own_frames(error)
    lines = [expected] if expected else []
    if len(frames) > 1:
        lines += [
            "called from",
            *(f"  {shown(frame.filename)}:{frame.lineno}, in {frame.name}" for frame in frames[:-1]),
        ]
    return Problem(message, _place(error, frames), hint="\n".join(lines))


def said(error: BaseException) -> str:
    """Return what an exception says, in one line: "KeyError: 'widths'"."""
    if isinstance(error, SyntaxError):
        return f"{type(error).__name__}: {error.msg}"
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0].strip()}" if lines else type(error).__name__


def received(value: object) -> str:
    """Return a value and its type, as messages show them."""
    if isinstance(value, type):
        return f"the class {value.__name__}"
    text = repr(value)
    if len(text) > 80:
        text = f"{text[:77]}..."
    return "None" if value is None else f"{text} ({type(value).__name__})"


def function_place(function: Any) -> Origin | None:
    """Return the place of the line that defines a function; None if it is in no file."""
    code = getattr(inspect.unwrap(getattr(function, "__func__", function)), "__code__", None)
    if code is None or not Path(code.co_filename).is_file():
        return None
    for node in ast.walk(_tree(code.co_filename)):
        decorated = isinstance(node, ast.FunctionDef) and code.co_firstlineno in _first_lines(node)
        if isinstance(node, ast.FunctionDef) and decorated and node.name == code.co_name:
            return _origin(code.co_filename, node.lineno, node.col_offset + 5, len(node.name))
    return _origin(code.co_filename, code.co_firstlineno)


def class_place(kind: type, name: str = "") -> Origin | None:
    """Return the place where a class states `name`, in its body or in that of a base; without, where it begins."""
    for base in kind.__mro__ if name else (kind,):
        found = _class(base)
        if found is None or (name and name not in vars(base)):
            continue
        file, node = found
        if not name:
            return _origin(file, node.lineno, node.col_offset + 7, len(node.name))
        for item in node.body:
            if name in _stated(item):
                column = item.col_offset + (len("def ") if isinstance(item, ast.FunctionDef) else 0)
                column += len("class ") if isinstance(item, ast.ClassDef) else 0
                return _origin(file, item.lineno, column + 1, len(name))
    return class_place(kind) if name else None


def shown(file: str) -> str:
    """Return a file's name as users write it: relative, if it is below the working folder."""
    relative = os.path.relpath(file)
    return file if relative.startswith("..") else relative


def is_engine(file: str) -> bool:
    """Say whether a file belongs to the engine, which calls plugins, or to what it calls them through."""
    path = Path(file)
    inside = path.parts[len(ENGINE.parts) :] if path.is_relative_to(ENGINE) else ()
    return bool(inside and inside[0] != "plugins") or "importlib" in file or "pluggy" in path.parts


def _own_frames(error: BaseException) -> list[traceback.FrameSummary]:
    """Return the frames of an author's code; of all but the engine's if none is outside the installed libraries."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if not is_engine(frame.filename)]
    frames = [frame for frame in frames if Path(frame.filename).is_file()]
    own = [frame for frame in frames if not _package(frame.filename)]
    if own:
        return own
    # The plugin is an installed package itself; pydantic may have called it.
    frames = [frame for frame in frames if not _package(frame.filename).startswith("pydantic")]
    return [frame for frame in frames if _package(frame.filename) == _package(frames[0].filename)]


def _package(file: str) -> str:
    """Return the installed package that a file belongs to, a name of its own for the standard library, or nothing."""
    parts = Path(file).parts
    for folder in _INSTALLED:
        if folder in parts:
            return parts[parts.index(folder) + 1]
    return "python" if Path(file).resolve().is_relative_to(_STANDARD) else ""


def _place(error: BaseException, frames: list[traceback.FrameSummary]) -> Origin | None:
    if isinstance(error, SyntaxError) and error.filename and error.lineno:
        return _origin(error.filename, error.lineno, error.offset or 1)
    if not frames:
        return None
    last = frames[-1]
    column, end = (last.colno or 0) + 1, last.end_colno or 0
    one_line = last.end_lineno == last.lineno
    return _origin(last.filename, last.lineno or 0, column, end - column + 1 if one_line else 1)


def _origin(file: str, line: int, column: int = 1, length: int = 1) -> Origin:
    return Origin(shown(file), line, column, max(1, length))


def _class(kind: type) -> tuple[str, ast.ClassDef] | None:
    try:
        file = inspect.getsourcefile(kind)
    except (TypeError, OSError):
        return None
    if not file or not Path(file).is_file():
        return None
    name = kind.__qualname__.rpartition(".")[2]
    classes = (node for node in ast.walk(_tree(file)) if isinstance(node, ast.ClassDef) and node.name == name)
    found = next(classes, None)
    return (file, found) if found else None


def _stated(node: ast.stmt) -> list[str]:
    """Return the names that a statement of a class's body states."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return [node.name]
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return [target.id for target in targets if isinstance(target, ast.Name)]


def _first_lines(node: ast.FunctionDef) -> list[int]:
    return [node.lineno, *(decorator.lineno for decorator in node.decorator_list)]


def _tree(file: str) -> ast.Module:
    return _parsed(file, os.stat(file).st_mtime_ns)


@cache
def _parsed(file: str, changed: int) -> ast.Module:
    try:
        return ast.parse(Path(file).read_text(encoding="utf-8"))
    except (SyntaxError, UnicodeDecodeError):
        return ast.Module([], [])
