"""What is wrong, where it was written, and what to try: the one form every complaint of the tool takes."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import field, replace
from pathlib import Path
from typing import Literal, TypeVar

from registry.contract.excerpt import excerpt
from registry.contract.records import record
from registry.contract.secrets import without_secrets

Result = TypeVar("Result")

Severity = Literal["error", "warning"]

_PASS = re.compile(r"(?<=\.)\d+(?=\.)")
"""The number of a loop's pass in a node's path, "iterations.2.gravnet"."""

_folders: dict[str, str] = {}
"""Folders that files were unpacked to, and what a person calls the place that they come from."""


def name_folder(folder: Path, name: str) -> None:
    """Let places in the files of a folder that is of this process only be shown as "NAME (FILE)" from here on."""
    _folders[f"{folder}{os.sep}"] = name


def _shown(file: str) -> str:
    normal = os.path.normpath(file) if _folders else file
    for folder, name in _folders.items():
        if normal.startswith(folder):
            return f"{name} ({normal.removeprefix(folder)})"
    return file


@record
class Origin:
    """The place a value was written at.

    `line` and `column` count from 1; line 0 stands for a value given on the command line, where `file` is the option
    as typed. `via` is the place that used the value, if it came there through `${...}`, an alias or `defaults`.
    """

    file: str
    line: int = 0
    column: int = 0
    length: int = 1
    via: Origin | None = None

    def __str__(self) -> str:
        return f"{self.name}:{self.line}:{self.column}" if self.line else self.name

    @property
    def name(self) -> str:
        """What a person calls the file: by the address it comes from where that was unpacked."""
        return _shown(self.file)

    def used_at(self, place: Origin) -> Origin:
        """Return the origin with `place` noted as what used the value, unless something else has before."""
        if self.via is not None or self == place:
            return self
        return Origin(self.file, self.line, self.column, self.length, place)


@record
class Problem:
    """One complaint: `file:line:column: node: message`, the line with a caret, and a hint."""

    message: str
    origin: Origin | None = None
    node: str = ""
    hint: str = ""
    severity: Severity = "error"
    also: list[Origin] = field(default_factory=list)
    """Further places that the same mistake shows in."""

    def headline(self) -> str:
        """Return the first line of the complaint, without the source excerpt."""
        place = without_secrets(f"{self.origin}: ") if self.origin else ""
        label = "warning: " if self.severity == "warning" else ""
        node = f"{self.node}: " if self.node else ""
        return f"{place}{label}{node}{without_secrets(self.message)}"

    def render(self) -> str:
        """Return the complaint as shown to the user: headline, source line with caret, chain of use, hint."""
        lines = [self.headline()]
        if self.origin:
            origin = self.origin
            lines += excerpt(origin.file, origin.line, origin.column, origin.length)
            via = self.origin.via
            while via:
                lines.append(f"  used at {via}")
                via = via.via
        if self.also:
            more = f" and {len(self.also) - 3} more" if len(self.also) > 3 else ""
            lines.append(f"  also at {', '.join(map(str, self.also[:3]))}{more}")
        lines += [f"  {line}" for line in without_secrets(self.hint).splitlines()]
        return "\n".join(lines)


class InputError(Exception):
    """The user's input is wrong; carries every problem found, commands exit with status 2.

    Its text shows all of them, as the commands do.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = list(problems)
        super().__init__(self.problems)

    def __str__(self) -> str:
        items = in_order(self.problems)
        return "\n".join([*(problem.render() for problem in items), *count_of(items)])


class RunError(Exception):
    """The run failed for a reason the user should read (status 1): a non-finite loss, an unreachable server."""


@record(frozen=False)
class Problems:
    """Collects problems, so that all of them are shown at once."""

    items: list[Problem] = field(default_factory=list)
    _signs: set[tuple[str, str]] = field(default_factory=set)
    _settled: set[str] = field(default_factory=set)
    _blamed: dict[tuple[str, str, str], str] = field(default_factory=dict)
    """By place, node of any pass of a loop, and severity: the node of the pass that was blamed first."""

    def error(self, message: str, origin: Origin | None = None, node: str = "", hint: str = "") -> None:
        """Add an error."""
        self._add(Problem(message, origin, node, hint))

    def add(self, problem: Problem) -> None:
        """Add a problem that was found elsewhere."""
        self._add(problem)

    def settle(self, message: str, origin: Origin, hint: str = "", node: str = "") -> None:
        """Add an error in a text that was taken for what it probably meant: nothing more is said of its place."""
        self._add(Problem(message, origin, node, hint))
        self._settled.add(str(origin))

    def warning(self, message: str, origin: Origin | None = None, node: str = "", hint: str = "") -> None:
        """Add a warning; warnings are shown, and stop nothing."""
        self._add(Problem(message, origin, node, hint, "warning"))

    def error_anywhere(self, message: str, origin: Origin, node: str = "", hint: str = "") -> None:
        """Add an error that is one mistake wherever it shows: what is missing for one is missing for all."""
        known = next((item for item in self.items if item.message == message and item.origin), None)
        if known is None:
            self.error(message, origin, node, hint)
        elif str(origin) not in map(str, [known.origin, *known.also]):
            known.also.append(origin)

    def include(self, others: Problems, node: str = "") -> None:
        """Add other problems; `node`: the node that includes the file they were found in."""
        for problem in others:
            self._add(replace(problem, node=node) if node else problem)
        self._settled |= others._settled

    def _add(self, problem: Problem) -> None:
        # One line of YAML can stand behind many nodes (a loop's passes, `defaults`): its fault is shown once.
        sign = _sign(problem)
        if str(problem.origin) in self._settled or sign in self._signs:
            return
        # What is wrong in one pass may look different in the next, which takes what the first gives.
        blamed = self._blamed.setdefault((sign[0], _PASS.sub("*", problem.node), problem.severity), problem.node)
        if blamed == problem.node:
            self._signs.add(sign)
            self.items.append(problem)

    @property
    def errors(self) -> list[Problem]:
        """The problems that stop the command."""
        return [problem for problem in self.items if problem.severity == "error"]

    @property
    def warnings(self) -> list[Problem]:
        """The problems that are only shown."""
        return [problem for problem in self.items if problem.severity == "warning"]

    def raise_if_any(self) -> None:
        """Raise InputError with all problems if at least one of them is an error."""
        if self.errors:
            raise InputError(self.items)

    def require(self, result: Result | None) -> Result:
        """Return a result that was reached without an error; raise InputError with all problems otherwise."""
        if result is None:
            raise InputError(self.items)
        self.raise_if_any()
        return result

    def __iter__(self) -> Iterator[Problem]:
        return iter(self.items)


def _sign(problem: Problem) -> tuple[str, str]:
    """Return what two problems have in common that are one mistake: the place written at, and what is said of it."""
    place = str(problem.origin) if problem.origin else problem.node
    return place, _PASS.sub("*", problem.message)


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """Return warnings first, then errors: file by file, as they were met, and in each from the first line on."""
    items = list(problems)
    files = list(dict.fromkeys(item.origin.file if item.origin else "" for item in items))

    def place(item: Problem) -> tuple[bool, int, int, int]:
        origin = item.origin or Origin("")
        return item.severity == "error", files.index(origin.file), origin.line, origin.column

    return sorted(items, key=place)


def count_of(problems: Iterable[Problem]) -> list[str]:
    """Return the line that says how many errors there are; none for a single one."""
    errors = sum(problem.severity == "error" for problem in problems)
    return [f"{errors} errors"] if errors > 1 else []
